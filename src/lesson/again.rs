//! Asking again: what is due on a day, and the small lesson that asks it, which is played by the same player as any other.

use super::player::{Player, Progress};
use super::recall::{Day, of_block};
use super::{Block, Lesson, Page, Setup, prose};
use crate::session::Command;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many questions are asked in one sitting.
pub const AT_ONCE: usize = 3;

/// The id of the lesson that asks again; its progress is that of the lessons that it asks from.
pub const ID: &str = "recall";

/// A question that is to be asked again.
#[derive(Clone, Debug)]
pub struct Due {
    /// The lesson that it is from.
    pub lesson: Arc<Lesson>,
    /// The page, from 0.
    pub page: usize,
    /// The block.
    pub block: usize,
    /// How often it was asked again before.
    pub nth: usize,
}

/// The questions that are due on a day, those that wait longest first.
pub fn due(lessons: &[Arc<Lesson>], progress: &BTreeMap<String, Progress>, today: Day) -> Vec<Due> {
    let mut found = Vec::new();
    for lesson in lessons {
        let Some(progress) = progress.get(&lesson.id) else {
            continue;
        };
        for (index, page) in lesson.pages.iter().enumerate() {
            for (at, block) in page.blocks.iter().enumerate() {
                let recalled = of_block(block).and_then(|_| progress.recalled(page, block));
                if let Some(recalled) = recalled.filter(|recalled| recalled.is_due(today)) {
                    let due = Due {
                        lesson: Arc::clone(lesson),
                        page: index,
                        block: at,
                        nth: recalled.results.len(),
                    };
                    found.push((recalled.last, due));
                }
            }
        }
    }
    found.sort_by_key(|(last, _)| *last);
    found.into_iter().map(|(_, due)| due).collect()
}

impl Due {
    /// The name of the page that asks it.
    fn name(&self) -> String {
        format!("{}-{}-{}", self.lesson.id, self.page, self.block)
    }

    /// The page that asks it: its own set-up with the recall's settings, and that question alone.
    fn as_page(&self) -> Option<Page> {
        let page = self.lesson.pages.get(self.page)?;
        let block = page.blocks.get(self.block)?;
        let recall = of_block(block)?;
        // The nearest set-up before, and what was done on the pages since.
        let pages = &self.lesson.pages[..=self.page];
        let from = pages.iter().rposition(|page| page.setup.is_some())?;
        let mut setup: Setup = pages[from].setup.clone()?;
        setup.settings.extend(recall.settings(self.nth));
        for (index, earlier) in pages.iter().enumerate().skip(from) {
            let until = match index == self.page {
                true => self.block,
                false => earlier.blocks.len(),
            };
            for block in &earlier.blocks[..until] {
                if let Block::Do(exercise) = block {
                    setup.then.extend(exercise.solution.iter().cloned());
                }
            }
        }
        // What the question takes as given stands above it on its own page; how it is done is what is asked for.
        let above = page.blocks[..self.block].iter();
        let given = above.filter_map(|block| match block {
            Block::Prose(text) => Some(prose::given(text)),
            _ => None,
        });
        let opening = format!(
            "A fresh run, with other numbers than last time. The question is from the lesson “{}”.",
            self.lesson.title
        );
        let texts: Vec<String> = std::iter::once(opening)
            .chain(given)
            .filter(|text| !text.is_empty())
            .collect();
        Some(Page {
            name: self.name(),
            title: page.title.clone(),
            line: page.line,
            setup: Some(setup),
            focus: page.focus.clone(),
            blocks: vec![Block::Prose(texts.join("\n\n")), block.clone()],
        })
    }

    /// The commands that lead to it.
    pub fn commands(&self) -> Vec<Command> {
        let lesson = lesson_of(std::slice::from_ref(self));
        Player::new(Arc::new(lesson), Progress::default()).approach()
    }
}

/// A small lesson that asks again what is due: a page for each.
pub fn lesson_of(due: &[Due]) -> Lesson {
    Lesson {
        file: String::new(),
        id: ID.into(),
        title: "Asked again".into(),
        summary: "What you have answered before, on fresh runs.".into(),
        minutes: 2,
        sources: Vec::new(),
        stands_on: Vec::new(),
        pages: due.iter().filter_map(Due::as_page).collect(),
    }
}

/// Takes over into the lessons' progress what the player of [`lesson_of`] these questions has reached, each answer once.
pub fn take_over(
    due: &[Due],
    player: &Player,
    progress: &mut BTreeMap<String, Progress>,
    today: Day,
) {
    for due in due {
        let pages = &player.lesson.pages;
        let Some(page) = pages.iter().find(|page| page.name == due.name()) else {
            continue;
        };
        // The question stands last, behind the sentence above it.
        let (Some(asked), Some(origin)) = (page.blocks.last(), due.lesson.pages.get(due.page))
        else {
            continue;
        };
        if let Some(right) = player.progress.was_right(page, asked)
            && let Some(progress) = progress.get_mut(&due.lesson.id)
        {
            progress.note_recalled(origin, asked, (due.nth, right), today);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::expression::Missing;
    use crate::lesson::player::{Said, play};
    use crate::lesson::recall::{DAYS, TIMES};
    use crate::lesson::{on_latch::on_latch, prove::prove};
    use crate::session::Session;

    const SOURCE: &str = r#"+++
id = "a"
title = "A"
summary = "A."
minutes = 1
+++

## One

```setup
experiment = "latch.toml"
set = { "data.length" = 5, "model.hidden_size" = 2 }
```

```predict
question = "How large?"
kind = "number"
answer = { value = "abs(h[1][0])", factor = 1.01 }
explain = "So."
recall = { set = { seed = "fresh" } }
```

Unit 1 stands at {{ = h[1][1] }}.

Look at unit 0.

```turn
question = "What is it?"
answer = "h[1][0]"
slips = [{ value = "h[1][1]", reason = "The other unit." }]
working = ["tanh(dot(weight_ih_l0[0,:], x[1]) + bias_ih_l0[0] + bias_hh_l0[0])"]
explain = "So."
hints = ["Compute."]
recall = { set = { seed = "fresh" } }
```
"#;

    /// Three times, three days apart, each on a run with other numbers; then never again.
    #[test]
    fn what_was_answered_is_asked_again_three_times_three_days_apart() {
        let lesson = on_latch(SOURCE);
        assert_eq!(prove(&lesson), []);
        let lessons = [Arc::clone(&lesson)];
        let first = Day::read("2026-11-30").unwrap();
        let mut player = Player::new(Arc::clone(&lesson), Progress::default());
        player.set_today(first);
        let mut session = Session::new(|| {});
        play(&mut session, &player.approach()).unwrap();
        let value = |player: &Player, session: &Session| -> Result<f64, Missing> {
            match player.page().blocks.last() {
                Some(Block::Turn(turn)) => turn.value(session),
                other => panic!("{other:?}"),
            }
        };
        let mut seen = vec![value(&player, &session).unwrap()];
        player.work_out(2, &seen[0].to_string(), &session);
        let mut progress = BTreeMap::from([("a".to_owned(), player.progress.clone())]);
        // The question that was not answered is not asked again.
        for (day, count) in [(0, 0), (2, 0), (3, 1), (30, 1)] {
            assert_eq!(
                due(&lessons, &progress, Day(first.0 + day)).len(),
                count,
                "day {day}"
            );
        }
        let mut today = first;
        for nth in 0..TIMES {
            today = Day(today.0 + DAYS);
            assert_eq!(due(&lessons, &progress, Day(today.0 - 1)).len(), 0);
            let asked = due(&lessons, &progress, today);
            assert_eq!((asked.len(), asked[0].nth, asked[0].block), (1, nth, 2));
            // What is given is told again, and what is not is left to be remembered.
            let page = asked[0].as_page().unwrap();
            let Block::Prose(text) = &page.blocks[0] else {
                panic!("{page:?}");
            };
            assert!(
                text.contains("Unit 1 stands at {{") && !text.contains("Look at"),
                "{text}"
            );
            let mut again = Player::new(Arc::new(lesson_of(&asked)), Progress::default());
            let mut session = Session::new(|| {});
            play(&mut session, &asked[0].commands()).unwrap();
            let now = value(&again, &session).unwrap();
            assert!(
                seen.iter().all(|before| (before - now).abs() > 1e-6),
                "{seen:?} {now}"
            );
            seen.push(now);
            // Nothing is noted before there is an answer; the second time it is wrong at first.
            take_over(&asked, &again, &mut progress, today);
            assert_eq!(due(&lessons, &progress, today).len(), 1);
            if nth == 1 {
                again.work_out(1, "7", &session);
            }
            again.work_out(1, &now.to_string(), &session);
            for _ in 0..2 {
                take_over(&asked, &again, &mut progress, today);
            }
            assert_eq!(due(&lessons, &progress, today).len(), 0);
        }
        assert_eq!(due(&lessons, &progress, Day(today.0 + 1000)).len(), 0);
        let page = &lesson.pages[0];
        let recalled = progress["a"].recalled(page, &page.blocks[2]).unwrap();
        assert_eq!(
            (&recalled.results[..], recalled.last),
            (&[true, false, true][..], today)
        );
        // It is kept.
        let kept = serde_json::to_string(&progress["a"]).unwrap();
        let back: Progress = serde_json::from_str(&kept).unwrap();
        assert_eq!(back, progress["a"]);
        // Answered by a number, a prediction is asked again too.
        player.say(0, Said::Number(0.1), &session);
        let progress = BTreeMap::from([("a".to_owned(), player.progress.clone())]);
        let asked = due(&lessons, &progress, Day(first.0 + DAYS));
        assert_eq!(
            asked.iter().map(|due| due.block).collect::<Vec<_>>(),
            [0, 2]
        );
    }
}
