//! Tensors → parameters, by name: whole or not at all.
//!
//! A tensor belongs to the parameter of the same name. Where a file was saved from a larger module, other ways of naming are
//! understood, each only if it can be meant in one way or was asked for, and each told in the report:
//!
//! - what wrapping a module adds, `module.` and `_orig_mod.`, is passed over;
//! - all names begin alike, as `lstm.weight_ih_l0` does where the layer was an attribute called `lstm`;
//! - a single cell, `cell.weight_ih`, is a layer of one direction; layers with names of their own, `lstm1` and `lstm2`, are one
//!   network's where each is asked for;
//! - the readout is another linear layer, `fc.weight`, `fc.bias` (any name), of the readout's shapes.
//!
//! A network is loaded if each of its parameters has a tensor, and each recurrent layer and direction of the file a place: what
//! would run otherwise is another network than the file's. Biases that a module lacks altogether are 0. What else is in a file,
//! such as counts and means of a batch norm, is left over and told.

use super::error::{Fault, shown};
use super::names::{Slot, bare, block, is_bias, is_optimizers, module_of, slot, unwrapped};
use super::read::index_of;
use super::report::{Ambiguous, Candidate, Renamed, Report, Shaped, TooLarge, WrongShape};
use super::stack::{Form, Stack};
use super::{NamedTensor, TensorValues};
use crate::nn::{ParameterEntry, Real};
use std::collections::{BTreeMap, BTreeSet};

/// What of a file is meant, where that has to be said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// How names begin that are meant where others would fit too.
    pub prefixes: Vec<String>,
    /// Whether a part of the parameters is enough, and layers of the file may be without a place.
    pub partial: bool,
}

/// Loads tensors into the parameters that `entries` describes, if they fit as `wish` has it; otherwise all stay as they are,
/// and the report says why.
///
/// `parameters` holds all of a model's parameters and `entries` their names, shapes and places, whatever kind of network it
/// is. Values are rounded to the model's precision, which for an f64 model never changes one.
pub fn load<T: Real>(
    parameters: &mut [T],
    entries: &[ParameterEntry],
    tensors: &[NamedTensor],
    wish: &Wish,
) -> Report {
    let mut report = Report {
        partial: wish.partial,
        ..Report::default()
    };
    let mut search = Search::new(entries, tensors, wish);
    search.run(&mut report);
    let mut fitting: Vec<(&ParameterEntry, Option<&[f64]>)> = Vec::new();
    for (entry, source) in entries.iter().zip(&search.sources) {
        match *source {
            Source::Tensor(index) => {
                if let Some(values) = fits::<T>(entry, &tensors[index], &mut report) {
                    fitting.push((entry, Some(values)));
                }
            }
            Source::Zero => {
                report.zeros.push(entry.name.clone());
                fitting.push((entry, None));
            }
            Source::None => report.missing.push(shaped(&entry.name, &entry.shape)),
        }
    }
    search.tell_the_rest(&mut report);
    if !report.is_usable() {
        return report;
    }
    for (entry, values) in fitting {
        let into = &mut parameters[entry.range.clone()];
        match values {
            None => into.fill(T::ZERO),
            Some(values) => {
                for (parameter, &value) in into.iter_mut().zip(values) {
                    *parameter = T::value_of(value);
                    report.rounded += usize::from(parameter.widen() != value);
                }
            }
        }
    }
    report.loaded = true;
    report
}

fn shaped(name: &str, shape: &[usize]) -> Shaped {
    Shaped {
        name: name.into(),
        shape: shape.to_vec(),
    }
}

/// The values of a parameter's tensor, if it can have them; the report is told.
fn fits<'a, T: Real>(
    entry: &ParameterEntry,
    tensor: &'a NamedTensor,
    report: &mut Report,
) -> Option<&'a [f64]> {
    let (name, from) = (entry.name.clone(), tensor.name.clone());
    if tensor.shape != entry.shape {
        report.wrong_shape.push(WrongShape {
            name,
            from,
            expected: entry.shape.clone(),
            found: tensor.shape.clone(),
        });
        return None;
    }
    let values = match &tensor.values {
        TensorValues::Numbers(values) if values.len() == entry.range.len() => values,
        other => {
            let found = match other {
                TensorValues::Unread(dtype) => format!("values of type {dtype}"),
                _ => "indices of classes".into(),
            };
            report.unusable_parameters += 1;
            report.unusable.add(|| Fault {
                tensor: shown(&from),
                index: Vec::new(),
                found,
                expected: "F64, F32, F16 or BF16".into(),
                hint: "Convert the tensor before saving: tensor.float().",
            });
            return None;
        }
    };
    let mut is_finite = true;
    for (place, value) in values.iter().enumerate() {
        if !value.is_finite() {
            is_finite = false;
            report.unusable.add(|| Fault {
                tensor: shown(&from),
                index: index_of(place, &entry.shape),
                found: value.to_string(),
                expected: "a finite number".into(),
                hint: "The training that wrote the file diverged; take an earlier state of it.",
            });
        }
    }
    if !is_finite {
        report.unusable_parameters += 1;
        return None;
    }
    if let Some(place) = values.iter().position(|&value| !T::of(value).is_finite()) {
        report.too_large.push(TooLarge {
            name,
            from,
            index: index_of(place, &entry.shape),
            value: values[place],
        });
        return None;
    }
    if from != name {
        report.renamed.push(Renamed {
            from,
            to: name.clone(),
        });
    }
    report.matched.push(name);
    Some(values)
}

/// Where a parameter's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The file's tensor of this index.
    Tensor(usize),
    /// A bias that its module has not.
    Zero,
    None,
}

const READOUT: [&str; 2] = ["readout.weight", "readout.bias"];

/// How a linear layer's names begin, its weight and its bias.
type Stem<'s> = (&'s str, Option<usize>, Option<usize>);

/// The search for each parameter's tensor.
struct Search<'a> {
    entries: &'a [ParameterEntry],
    tensors: &'a [NamedTensor],
    /// The tensors' names without what wrapping put into them.
    names: Vec<String>,
    /// Those of an optimiser's state, which is no parameter's.
    optimizers: Vec<bool>,
    /// Prefixes that are meant where there is a choice, likewise without wrapping, a dot at the end.
    prefixes: Vec<String>,
    sources: Vec<Source>,
    unplaced: BTreeSet<usize>,
}

impl<'a> Search<'a> {
    fn new(entries: &'a [ParameterEntry], tensors: &'a [NamedTensor], wish: &Wish) -> Self {
        let names = unwrapped(tensors.iter().map(|tensor| tensor.name.as_str()));
        let optimizers = names.iter().map(|name| is_optimizers(name)).collect();
        let with_dot = |prefix: &String| {
            let bare = bare(prefix.trim_end_matches('.'));
            format!("{bare}.")
        };
        let named = |prefix: &&String| !prefix.trim_end_matches('.').is_empty();
        Self {
            entries,
            tensors,
            names,
            optimizers,
            prefixes: wish.prefixes.iter().filter(named).map(with_dot).collect(),
            sources: vec![Source::None; entries.len()],
            unplaced: BTreeSet::new(),
        }
    }

    fn run(&mut self, report: &mut Report) {
        for prefix in &self.prefixes {
            let known = self.names.iter().any(|name| name.starts_with(prefix));
            let known = known
                || self
                    .tensors
                    .iter()
                    .any(|tensor| tensor.name.starts_with(prefix));
            if !known {
                report.unknown_prefixes.push(prefix.clone());
            }
        }
        self.find_stacks(report);
        self.find_others(report);
        self.find_readout(report);
        self.find_blocks_without_a_place(report);
        self.set_absent_biases(report);
    }

    /// Whether names that begin so were asked for.
    fn is_wished(&self, prefix: &str) -> bool {
        let mut wished = self.prefixes.iter();
        wished.any(|wish| prefix.starts_with(wish.as_str()))
    }

    /// The tensors that can be a parameter's, by name.
    fn usable(&self) -> impl Iterator<Item = (usize, &str)> {
        let names = self.names.iter().enumerate();
        let usable = names.filter(|(index, _)| !self.optimizers[*index]);
        usable.map(|(index, name)| (index, name.as_str()))
    }

    /// The recurrent layers: to each stack of the network one of the file's.
    fn find_stacks(&mut self, report: &mut Report) {
        let slots = self.usable();
        let slots = slots.filter_map(|(index, name)| slot(name).map(|(p, slot)| (index, p, slot)));
        let mut of_file = Stack::all(slots);
        let slots = self.entries.iter().enumerate();
        let slots =
            slots.filter_map(|(index, entry)| slot(&entry.name).map(|(p, slot)| (index, p, slot)));
        let of_network = Stack::all(slots);
        if of_network.iter().any(|stack| stack.prefix.is_empty()) {
            self.join_layers(&mut of_file);
        }
        let shape_in_file = |index: usize| self.tensors[index].shape.as_slice();
        let shape_here = |index: usize| self.entries[index].shape.as_slice();

        let mut settled: BTreeSet<usize> = BTreeSet::new();
        let mut chosen: Vec<(&Stack, &Stack)> = Vec::new();
        for stack in &of_network {
            let here = Form::of(stack, shape_here);
            let candidates = self.candidates(&of_file, &stack.prefix);
            match candidates[..] {
                [] => {}
                [index] => {
                    // Who asks for this one passes over the others.
                    if stack.prefix.is_empty() && self.is_wished(&of_file[index].prefix) {
                        settled.extend(0..of_file.len());
                    }
                    settled.insert(index);
                    chosen.push((stack, &of_file[index]));
                }
                _ => {
                    settled.extend(&candidates);
                    let candidate = |&index: &usize| {
                        let other = &of_file[index];
                        let form = Form::of(other, shape_in_file);
                        let fits = match (form, here) {
                            (Some(form), Some(here)) => {
                                Form::makes_room(form, here, &stack.prefix).is_empty()
                            }
                            _ => false,
                        };
                        let title = form.map_or("unknown".into(), Form::title);
                        Candidate {
                            prefix: other.prefix.clone(),
                            is: if fits { title + ", fits" } else { title },
                        }
                    };
                    let candidates: Vec<Candidate> = candidates.iter().map(candidate).collect();
                    report.hints.extend(layers_of_a_list(&candidates));
                    report.ambiguous.push(Ambiguous {
                        what: match stack.prefix.trim_end_matches('.') {
                            "" => "the network's layers".into(),
                            part => format!("the {part}'s layers"),
                        },
                        candidates,
                    });
                }
            }
        }
        let mut unplaced = BTreeSet::new();
        let mut sources = Vec::new();
        for (here, there) in chosen {
            for (slot, &index) in &there.places {
                match here.places.get(slot) {
                    Some(&entry) => sources.push((entry, Source::Tensor(index))),
                    None => {
                        unplaced.insert(index);
                    }
                }
            }
            let forms = (Form::of(there, shape_in_file), Form::of(here, shape_here));
            if let (Some(file), Some(network)) = forms {
                let hints = Form::makes_room(file, network, &here.prefix);
                report.hints.extend(hints);
            }
            let has_some = there.has_bias()
                && here.places.iter().any(|(slot, _)| {
                    slot.kind.is_bias()
                        && !there.places.contains_key(slot)
                        && has_weights(there, *slot)
                });
            if has_some {
                report.hints.push(
                    "Some biases are in the file and others are not: either all of a module's biases belong in it or none \
                     (bias=False)."
                        .into(),
                );
            }
        }
        for (index, stack) in of_file.iter().enumerate() {
            if settled.contains(&index) {
                continue;
            }
            unplaced.extend(stack.places.values());
            let title =
                Form::of(stack, shape_in_file).map_or("recurrent layers".into(), Form::title);
            report.hints.push(if of_network.is_empty() {
                format!("The file has recurrent layers ({title}): in the experiment's [model] set kind = \"recurrent\".")
            } else {
                format!(
                    "The file has further recurrent layers, {} ({title}).",
                    shown(&stack.prefix)
                )
            });
        }
        for (entry, source) in sources {
            self.sources[entry] = source;
        }
        self.unplaced.extend(unplaced);
    }

    /// Layers that a module keeps apart, such as `lstm1` and `lstm2`, become one stack where each was asked for: from the
    /// bottom up in the order of asking.
    fn join_layers(&self, of_file: &mut Vec<Stack>) {
        let mut order = Vec::new();
        for wish in &self.prefixes {
            let mut meant = (0..of_file.len())
                .filter(|&index| of_file[index].prefix.starts_with(wish.as_str()));
            match (meant.next(), meant.next()) {
                (None, _) => {}
                (Some(index), None) if !order.contains(&index) => order.push(index),
                // It does not tell which.
                _ => return,
            }
        }
        if let [first, above @ ..] = &order[..]
            && !above.is_empty()
        {
            for &index in above {
                let layer = std::mem::take(&mut of_file[index].places);
                of_file[*first].put_on_top(layer);
            }
            of_file.retain(|stack| !stack.places.is_empty());
        }
    }

    /// The stacks of the file that the network's stack with this prefix could be.
    fn candidates(&self, of_file: &[Stack], part: &str) -> Vec<usize> {
        let may_be = |stack: &Stack| {
            part.is_empty() || stack.prefix == part || is_called(&stack.prefix, part)
        };
        let all = (0..of_file.len()).filter(|&index| may_be(&of_file[index]));
        let all: Vec<usize> = all.collect();
        let wished = all.iter().copied();
        let wished: Vec<usize> = wished
            .filter(|&index| self.is_wished(&of_file[index].prefix))
            .collect();
        let all = if wished.is_empty() { all } else { wished };
        let by_name = |own: &dyn Fn(&str) -> bool| {
            let own: Vec<usize> = all
                .iter()
                .copied()
                .filter(|&index| own(&of_file[index].prefix))
                .collect();
            (own.len() == 1).then_some(own)
        };
        if let Some(own) = by_name(&|prefix| prefix == part) {
            return own;
        }
        let below = format!(".{part}");
        let own = by_name(&|prefix| !part.is_empty() && prefix.ends_with(&below));
        own.unwrap_or(all)
    }

    /// What is neither in a stack nor the readout: by its own name, or with a prefix before it.
    fn find_others(&mut self, report: &mut Report) {
        for (place, entry) in self.entries.iter().enumerate() {
            if slot(&entry.name).is_some() || READOUT.contains(&entry.name.as_str()) {
                continue;
            }
            let below = format!(".{}", entry.name);
            let own = self.usable().find(|(_, name)| *name == entry.name);
            let found: Vec<(usize, &str)> = match own {
                Some(own) => vec![own],
                None => {
                    let all: Vec<_> = self
                        .usable()
                        .filter(|(_, name)| name.ends_with(&below))
                        .collect();
                    let wished = all.iter().copied();
                    let wished: Vec<_> = wished.filter(|(_, name)| self.is_wished(name)).collect();
                    if wished.is_empty() { all } else { wished }
                }
            };
            match found[..] {
                [] => {}
                [(index, _)] => self.sources[place] = Source::Tensor(index),
                _ => {
                    let candidate = |(_, name): &(usize, &str)| Candidate {
                        prefix: name[..name.len() - entry.name.len()].into(),
                        is: String::new(),
                    };
                    report.ambiguous.push(Ambiguous {
                        what: entry.name.clone(),
                        candidates: found.iter().map(candidate).collect(),
                    });
                }
            }
        }
    }

    /// The readout: by its own name, or the one linear layer of its shapes.
    fn find_readout(&mut self, report: &mut Report) {
        let [weight, bias] =
            READOUT.map(|name| self.entries.iter().position(|entry| entry.name == name));
        let (Some(weight), Some(bias)) = (weight, bias) else {
            return;
        };
        let by_name: BTreeMap<&str, usize> =
            self.usable().map(|(index, name)| (name, index)).collect();
        let used: BTreeSet<usize> = self.used().collect();
        let free = |name: &str| {
            by_name
                .get(name)
                .copied()
                .filter(|index| !used.contains(index))
        };
        let shape_of = |index: usize| &self.tensors[index].shape;
        let is_own = |stem: &str| stem == "readout." || stem.ends_with(".readout.");
        let mut stems: Vec<Stem<'_>> = Vec::new();
        for name in by_name.keys() {
            let Some(stem) = name
                .strip_suffix("weight")
                .filter(|stem| stem.ends_with('.'))
            else {
                continue;
            };
            let Some(of_weight) = free(name) else {
                continue;
            };
            let of_bias = free(&format!("{stem}bias"));
            let fits = *shape_of(of_weight) == self.entries[weight].shape
                && of_bias.is_none_or(|index| *shape_of(index) == self.entries[bias].shape);
            // An embedding is a table, not a layer.
            if is_own(stem) || fits && !stem.to_ascii_lowercase().contains("emb") {
                stems.push((stem, Some(of_weight), of_bias));
            }
        }
        if let Some(of_bias) = free("readout.bias")
            && !by_name.contains_key("readout.weight")
        {
            stems.push(("readout.", None, Some(of_bias)));
        }
        let own = |stem: &str| stem == "readout.";
        let wished = |stem: &str| {
            // A layer within what was asked for does not take the place of one that has the readout's own name.
            let named = stems.iter().any(|(other, ..)| own(other));
            self.prefixes.iter().any(|wish| {
                if named {
                    stem == wish
                } else {
                    stem.starts_with(wish.as_str())
                }
            })
        };
        let mut found = stems.clone();
        let narrowings: [&dyn Fn(&Stem<'_>) -> bool; 4] = [
            &|(stem, ..)| wished(stem),
            &|(stem, ..)| own(stem),
            &|(stem, ..)| is_own(stem),
            &|(_, _, of_bias)| of_bias.is_some(),
        ];
        for narrows in narrowings {
            let fewer: Vec<_> = found.iter().copied().filter(|stem| narrows(stem)).collect();
            if !fewer.is_empty() {
                found = fewer;
            }
        }
        match found[..] {
            [] => report.hints.push(format!(
                "No linear layer of the file has the readout's shape {:?}: target, horizon and hidden_size decide it.",
                self.entries[weight].shape
            )),
            [(_, of_weight, of_bias)] => {
                let source = |index: Option<usize>| index.map_or(Source::None, Source::Tensor);
                let (of_weight, of_bias) = (source(of_weight), source(of_bias));
                self.sources[weight] = of_weight;
                self.sources[bias] = of_bias;
            }
            _ => {
                let candidate = |(stem, ..): &Stem<'_>| Candidate {
                    prefix: (*stem).into(),
                    is: String::new(),
                };
                report.ambiguous.push(Ambiguous {
                    what: "the readout".into(),
                    candidates: found.iter().map(candidate).collect(),
                });
            }
        }
    }

    /// Blocks of self-attention past those of the network.
    fn find_blocks_without_a_place(&mut self, report: &mut Report) {
        let here = self.entries.iter().filter_map(|entry| block(&entry.name));
        let Some(last) = here.max() else {
            return;
        };
        let further = self
            .usable()
            .filter_map(|(index, name)| block(name).map(|block| (index, block)));
        let further: Vec<_> = further.filter(|(_, block)| *block > last).collect();
        if let Some(most) = further.iter().map(|(_, block)| block).max() {
            report.hints.push(format!(
                "In the experiment's [model] set num_layers = {}, as the file's network has it.",
                most.saturating_add(1)
            ));
        }
        self.unplaced
            .extend(further.into_iter().map(|(index, _)| index));
    }

    /// Modules that have all their weights and no bias at all were made without.
    fn set_absent_biases(&mut self, report: &mut Report) {
        let mut modules: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, entry) in self.entries.iter().enumerate() {
            modules
                .entry(module_of(&entry.name))
                .or_default()
                .push(place);
        }
        let ambiguous = &report.ambiguous;
        for places in modules.values() {
            let (biases, weights): (Vec<usize>, Vec<usize>) = places
                .iter()
                .partition(|&&place| is_bias(&self.entries[place].name));
            let has = |place: &usize| self.sources[*place] != Source::None;
            if ambiguous.is_empty() && weights.iter().all(has) && !biases.iter().any(has) {
                for place in biases {
                    self.sources[place] = Source::Zero;
                }
            }
        }
    }

    /// The tensors behind parameters.
    fn used(&self) -> impl Iterator<Item = usize> {
        self.sources.iter().filter_map(|source| match source {
            Source::Tensor(index) => Some(*index),
            Source::Zero | Source::None => None,
        })
    }

    /// What became of the tensors that are no parameter's.
    fn tell_the_rest(&self, report: &mut Report) {
        let used: BTreeSet<usize> = self.used().collect();
        for (index, tensor) in self.tensors.iter().enumerate() {
            if used.contains(&index) {
                continue;
            }
            let told = if self.unplaced.contains(&index) {
                &mut report.unplaced
            } else if self.optimizers[index] {
                &mut report.optimizer
            } else {
                &mut report.left_over
            };
            told.push(shaped(&tensor.name, &tensor.shape));
        }
    }
}

/// Whether a stack's layer and direction of this place are there at all.
fn has_weights(stack: &Stack, of: Slot) -> bool {
    let mut places = stack.places.keys();
    places.any(|slot| slot.layer == of.layer && slot.reverse == of.reverse && !slot.kind.is_bias())
}

/// Whether names that begin so are those of a part of an encoder–decoder: `model.encoder.gru.` of `encoder.`.
fn is_called(prefix: &str, part: &str) -> bool {
    let short = &part[..3.min(part.len())];
    let mut components = prefix.split('.');
    components.any(|component| component.to_ascii_lowercase().contains(short))
}

/// What makes room for cells that are counted, `cells.0.`, `cells.1.`, …: most often each reads the one before.
fn layers_of_a_list(candidates: &[Candidate]) -> Option<String> {
    fn counted((index, candidate): (usize, &Candidate)) -> Option<&str> {
        let stem = candidate.prefix.strip_suffix('.')?;
        stem.strip_suffix(&format!(".{index}"))
    }
    let mut stems = candidates.iter().enumerate().map(counted);
    let first = stems.next()??;
    (candidates.len() > 1 && stems.all(|stem| stem == Some(first))).then(|| {
        let prefixes = candidates.iter().map(|candidate| format!("--prefix {}", candidate.prefix));
        format!(
            "If each of them reads the one before, set num_layers = {} in the experiment's [model], and name all: {}.",
            candidates.len(),
            prefixes.collect::<Vec<_>>().join(" ")
        )
    })
}
