//! What is chosen for a table: a role for each column, and how sequences are made of them.

use crate::data::sequences::make_a_time;
use crate::data::{
    Asked, Column, LabelAt, Missing, Role, Roles, Scale, SequenceSpec, Table, TestFrom, TimeFrom,
};

/// What is chosen for a table.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportChoices {
    /// The role of each column, in the order of the table. Label and text are there once at most; of several times all are parts of
    /// one, and of several groups all tell series apart.
    pub roles: Vec<Role>,
    /// Whether targets are read as well.
    pub also_input: bool,
    /// Rows in.
    pub window: usize,
    /// Rows ahead of the first forecast row.
    pub horizon: usize,
    /// Rows forecast at once.
    pub steps: usize,
    /// When a label is asked; `None` leaves it to the data.
    pub label_at: Option<LabelAt>,
    /// What becomes of missing values; `None` carries them forward where there are any.
    pub missing: Option<Missing>,
    /// Whether rows are sorted by time.
    pub sort: bool,
    /// How values are scaled.
    pub scale: Scale,
    /// What is kept back.
    pub test: TestFrom,
}

/// What is asked of the columns as they are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportAim {
    /// Numbers to come.
    Forecast,
    /// A class.
    Classify,
    /// What a text is, or how it goes on.
    Symbols,
}

impl ImportChoices {
    /// Sensible choices for a table with these roles.
    pub(super) fn guessed(table: &Table, roles: &Roles) -> Self {
        let spec = roles.spec(table);
        let mut choices = Self {
            roles: roles.columns.iter().map(|guess| guess.role).collect(),
            also_input: true,
            window: 20,
            horizon: 1,
            steps: 1,
            label_at: None,
            missing: None,
            sort: spec.sort,
            scale: spec.scale,
            test: spec.test,
        };
        if let Asked::Forecast { window, .. } | Asked::Classify { window, .. } = spec.asked {
            choices.window = window;
        }
        choices
    }

    /// What is asked.
    pub fn aim(&self) -> ImportAim {
        if self.roles.contains(&Role::Text) {
            ImportAim::Symbols
        } else if self.roles.contains(&Role::Label) {
            ImportAim::Classify
        } else {
            ImportAim::Forecast
        }
    }

    /// The index of the column with this role, of several the first.
    pub fn with(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|other| *other == role)
    }

    /// Gives a column a role. What can be there once is taken from the column that had it; a time joins the others if they make one
    /// together, and takes their place if not. Roles that have no meaning
    /// beside the new one go: a label is told from features, not from targets, and a text stands for itself.
    pub(super) fn give(&mut self, table: &Table, column: usize, role: Role) {
        let Some(old) = self.roles.get(column).copied() else {
            return;
        };
        let joins = role == Role::Time && {
            let held = |at: &usize| self.roles[*at] == Role::Time || *at == column;
            let times: Vec<&Column> = (0..self.roles.len())
                .filter(held)
                .filter_map(|at| table.columns().get(at))
                .collect();
            make_a_time(&times)
        };
        let once = matches!(role, Role::Label | Role::Text) || (role == Role::Time && !joins);
        for other in &mut self.roles {
            *other = match (*other, role) {
                (held, role) if once && held == role => Role::Ignore,
                (Role::Target, Role::Label) => Role::Feature,
                (Role::Label | Role::Text, Role::Target) => Role::Ignore,
                (Role::Text, Role::Feature) => Role::Ignore,
                (Role::Target | Role::Feature, Role::Text) => Role::Ignore,
                (held, _) => held,
            };
        }
        self.roles[column] = role;
        let no_groups =
            self.with(Role::Group).is_none() || role == Role::Group || old == Role::Group;
        if no_groups && matches!(self.test, TestFrom::Groups(_)) {
            self.test = TestFrom::Fraction(0.2);
        }
    }

    /// How many values are missing in the columns that are read or forecast.
    pub fn missing_values(&self, table: &Table) -> usize {
        let columns = table.columns().iter().zip(&self.roles);
        columns
            .filter(|(column, role)| {
                matches!(role, Role::Feature | Role::Target) && column.numbers().is_some()
            })
            .map(|(column, _)| column.missing)
            .sum()
    }

    /// What becomes of missing values.
    pub fn missing(&self, table: &Table) -> Missing {
        self.missing.unwrap_or(match self.missing_values(table) {
            0 => Missing::Refuse,
            _ => Missing::CarryForward,
        })
    }

    /// The sequences that these choices ask for.
    pub fn spec(&self, table: &Table) -> SequenceSpec {
        let names = |wanted: &dyn Fn(Role) -> bool| -> Vec<String> {
            let columns = table.columns().iter().zip(&self.roles);
            columns
                .filter(|(_, role)| wanted(**role))
                .map(|(column, _)| column.name.clone())
                .collect()
        };
        let name = |role: Role| names(&|held| held == role).into_iter().next();
        let also_input = self.also_input;
        let features = names(&|role| role == Role::Feature || (role == Role::Target && also_input));
        let asked = match (name(Role::Text), name(Role::Label)) {
            (Some(text), label) => Asked::Symbols { text, label },
            (None, Some(label)) => Asked::Classify {
                features,
                label,
                label_at: self.label_at,
                window: self.window,
            },
            (None, None) => Asked::Forecast {
                features,
                targets: names(&|role| role == Role::Target),
                window: self.window,
                horizon: self.horizon,
                steps: self.steps,
            },
        };
        SequenceSpec {
            asked,
            time: TimeFrom::chosen(
                names(&|role| role == Role::Time),
                names(&|role| role == Role::Ignore)
                    .iter()
                    .map(String::as_str),
            ),
            group: names(&|role| role == Role::Group),
            sort: self.sort,
            missing: self.missing(table),
            scale: self.scale,
            test: self.test.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(names: &[&str]) -> Table {
        let columns = names.iter().enumerate();
        let columns = columns.map(|(index, name)| {
            let values = (0..40).map(|row| f64::from(row) + index as f64);
            (name.to_string(), values.collect())
        });
        Table::of_numbers(columns.collect())
    }

    fn choices() -> (Table, ImportChoices) {
        let table = table(&["year", "rain", "river"]);
        let guessed = ImportChoices::guessed(&table, &Roles::guess(&table));
        (table, guessed)
    }

    #[test]
    fn a_guess_asks_for_the_same_as_the_roles_do() {
        let (table, choices) = choices();
        assert_eq!(choices.roles, [Role::Time, Role::Ignore, Role::Target]);
        assert_eq!(choices.spec(&table), Roles::guess(&table).spec(&table));
        assert_eq!(choices.aim(), ImportAim::Forecast);
    }

    #[test]
    fn a_column_called_year_that_is_ignored_tells_no_time() {
        let (table, mut choices) = choices();
        assert_eq!(choices.spec(&table).time, TimeFrom::Column("year".into()));
        choices.give(&table, 0, Role::Ignore);
        assert_eq!(choices.spec(&table).time, TimeFrom::Rows);
        // Where no name is usual there is nothing to say.
        choices.give(&table, 0, Role::Feature);
        assert_eq!(choices.spec(&table).time, TimeFrom::Usual);
    }

    #[test]
    fn a_role_that_is_there_once_moves() {
        let (table, mut choices) = choices();
        choices.give(&table, 1, Role::Time);
        assert_eq!(choices.roles, [Role::Ignore, Role::Time, Role::Target]);
        choices.give(&table, 9, Role::Time);
        assert_eq!(choices.roles[1], Role::Time);
    }

    #[test]
    fn several_columns_can_be_targets_and_are_read_unless_told_otherwise() {
        let (table, mut choices) = choices();
        choices.give(&table, 1, Role::Target);
        let asked = |choices: &ImportChoices| match choices.spec(&table).asked {
            Asked::Forecast {
                features, targets, ..
            } => (features, targets),
            other => panic!("{other:?}"),
        };
        let both = vec!["rain".to_owned(), "river".to_owned()];
        assert_eq!(asked(&choices), (both.clone(), both.clone()));
        choices.also_input = false;
        assert_eq!(asked(&choices), (vec![], both));
    }

    #[test]
    fn a_label_takes_the_place_of_targets_and_a_text_that_of_all() {
        let (table, mut choices) = choices();
        choices.give(&table, 1, Role::Label);
        assert_eq!(choices.aim(), ImportAim::Classify);
        assert_eq!(choices.roles, [Role::Time, Role::Label, Role::Feature]);
        choices.give(&table, 2, Role::Target);
        assert_eq!(choices.aim(), ImportAim::Forecast);
        assert_eq!(choices.roles, [Role::Time, Role::Ignore, Role::Target]);
        choices.give(&table, 1, Role::Text);
        assert_eq!(choices.roles, [Role::Time, Role::Text, Role::Ignore]);
    }

    #[test]
    fn groups_kept_back_are_forgotten_with_the_group() {
        let (table, mut choices) = choices();
        choices.give(&table, 1, Role::Group);
        choices.test = TestFrom::Groups(vec!["3".into()]);
        choices.give(&table, 2, Role::Feature);
        assert!(matches!(choices.test, TestFrom::Groups(_)));
        choices.give(&table, 1, Role::Feature);
        assert_eq!(choices.test, TestFrom::Fraction(0.2));
    }

    #[test]
    fn a_time_joins_the_others_if_they_make_one_together() {
        let year = (0..40).map(|row| f64::from(2000 + row / 12)).collect();
        let month = (0..40).map(|row| f64::from(row % 12 + 1)).collect();
        let value = (0..40).map(f64::from).collect();
        let columns = [("year", year), ("month", month), ("value", value)];
        let table = Table::of_numbers(
            columns
                .map(|(name, values)| (name.to_owned(), values))
                .to_vec(),
        );
        let mut choices = ImportChoices::guessed(&table, &Roles::guess(&table));
        assert_eq!(
            choices.roles[..2],
            [Role::Time, Role::Time],
            "they are guessed so"
        );
        choices.give(&table, 1, Role::Ignore);
        choices.give(&table, 1, Role::Time);
        let both = TimeFrom::Parts(vec!["year".into(), "month".into()]);
        assert_eq!(choices.spec(&table).time, both);
        choices.give(&table, 2, Role::Time);
        assert_eq!(choices.spec(&table).time, TimeFrom::Column("value".into()));
    }

    #[test]
    fn several_columns_tell_series_apart() {
        let (table, mut choices) = choices();
        choices.give(&table, 1, Role::Group);
        choices.give(&table, 0, Role::Group);
        assert_eq!(choices.spec(&table).group, ["year", "rain"]);
    }
}
