//! What a number is called on the screen.

use super::super::Scene;
use crate::nn::expr::{Block, ParameterKind};
use crate::nn::{Cell, Direction, Line, Network, Place, Quantity, Station};
use crate::train::question::{Given, Initial, Named, Spot};

/// “h[3] of layer 2 at t = 7”, “W_hf[3, 5]”.
pub fn of_spot(scene: &Scene<'_>, spot: Spot) -> String {
    match spot {
        Spot::Parameter(index) => match parameter(scene, index) {
            Some((short, _)) => short,
            None => format!("parameter {index}"),
        },
        Spot::Initial(initial, unit) => {
            let Initial {
                part,
                place,
                quantity,
            } = initial;
            let of = of_scan(scene, part, Some(place));
            format!("{}₀[{unit}]{of}", quantity.symbol())
        }
        Spot::Input { t, unit } => format!("x[{unit}] at t = {t}"),
        Spot::Computed {
            station,
            head,
            unit,
        } => computed(scene, station, head, Some(unit)),
    }
}

/// An operation over all that it computes: “f at t = 8”.
pub fn of_reader(scene: &Scene<'_>, station: Station, head: usize) -> String {
    computed(scene, station, head, None)
}

/// What an equation reads.
pub fn of_named(scene: &Scene<'_>, named: Named) -> String {
    match named {
        Named::Spot(spot) => of_spot(scene, spot),
        Named::Given(Given::Position, unit) => format!("position[{unit}]"),
        Named::Given(Given::Wanted, unit) => format!("what is right, y*[{unit}]"),
        Named::Given(Given::OverRootWidth, _) => "1 / √d′".into(),
        Named::Given(Given::OverCount, _) => "1 / n".into(),
        Named::Given(Given::Fed, unit) => format!("the output before[{unit}], as given"),
    }
}

/// The symbol of what an operation computes, alone: of its adjoint it stands behind ∂.
pub fn symbol(scene: &Scene<'_>, spot: Spot) -> String {
    match spot {
        Spot::Parameter(_) => "W".into(),
        Spot::Initial(initial, _) => format!("{}₀", initial.quantity.symbol()),
        Spot::Input { .. } => "x".into(),
        Spot::Computed { station, .. } => of_line(scene, &station).0.into(),
    }
}

/// The letter of an operation's result, and whether its numbers are those of steps of the source.
fn of_line(scene: &Scene<'_>, station: &Station) -> (&'static str, bool) {
    let blocks = matches!(scene.snapshot.material.network, Network::SelfAttention(_));
    match station.line {
        Line::Cell(quantity) => {
            let cell = cell(scene, station.part);
            let symbol = cell.map_or(quantity.symbol(), |cell| cell.symbol(quantity));
            (symbol, false)
        }
        Line::Bridge => ("h₀", false),
        Line::Embedding => ("h", false),
        Line::Projections => ("qkv", false),
        Line::Scores => ("e", true),
        Line::Weights => ("α", true),
        Line::Context if blocks => ("m", false),
        Line::Context => ("a", false),
        Line::Joined => ("h̃", false),
        Line::Residual => ("s", false),
        Line::Norm => ("h", false),
        Line::Readout => ("y", false),
        Line::Loss => ("L", false),
    }
}

fn computed(scene: &Scene<'_>, station: Station, head: usize, unit: Option<usize>) -> String {
    let (symbol, of_steps) = of_line(scene, &station);
    let mut of = match (station.line, station.place) {
        (Line::Embedding, _) => " before layer 1".into(),
        _ => of_scan(scene, station.part, station.place),
    };
    if let Network::SelfAttention(it) = &scene.snapshot.material.network
        && matches!(station.line, Line::Scores | Line::Weights | Line::Context)
        && it.heads > 1
    {
        of = format!("{of}, head {}", head + 1);
    }
    let index = match (station.line, unit) {
        (Line::Loss, _) | (_, None) => String::new(),
        // Three vectors side by side, each a part of its own.
        (Line::Projections, Some(unit)) => {
            let width = scene.snapshot.material.network.hidden_size().max(1);
            let letter = ["q", "k", "v"].get(unit / width).copied();
            let at = at(&station);
            return format!("{}[{}]{of}{at}", letter.unwrap_or(symbol), unit % width);
        }
        (_, Some(unit)) if of_steps => format!("[step {}]", unit + 1),
        (_, Some(unit)) => format!("[{unit}]"),
    };
    let symbol = match station.line {
        Line::Loss => "the loss term",
        _ => symbol,
    };
    format!("{symbol}{index}{of}{}", at(&station))
}

fn at(station: &Station) -> String {
    match station.t {
        0 => String::new(),
        t => format!(" at t = {t}"),
    }
}

/// “ of layer 2 ← in the encoder”; nothing where there is one scan only.
fn of_scan(scene: &Scene<'_>, part: usize, place: Option<Place>) -> String {
    let Some(part) = scene.snapshot.probe.parts.get(part) else {
        return String::new();
    };
    let mut of = String::new();
    let scan = place.and_then(|place| part.index_of(place));
    if let Some(scan) = scan.filter(|_| part.scans.len() > 1) {
        of = format!(" of {}", part.scan_name(scan));
    }
    if !part.name.is_empty() {
        of += &format!(" in the {}", part.name);
    }
    of
}

fn cell(scene: &Scene<'_>, part: usize) -> Option<Cell> {
    let part = scene.snapshot.probe.parts.get(part)?;
    part.scans.first()?.cell
}

/// A parameter as the equations have it, and as PyTorch has it: “W_hf[3, 5]” and “weight_hh_l0[19, 5]”.
pub fn parameter(scene: &Scene<'_>, index: usize) -> Option<(String, String)> {
    let network = &scene.snapshot.material.network;
    let (name, at) = network.settable(Spot::Parameter(index))?;
    let list = |at: &[usize]| {
        let numbers: Vec<String> = at.iter().map(usize::to_string).collect();
        numbers.join(", ")
    };
    let pytorch = format!("{name}[{}]", list(&at));
    let (prefix, own) = name.split_once('.').unwrap_or(("", &name));
    let kinds = [
        ("weight_ih_", ParameterKind::WeightIh),
        ("weight_hh_", ParameterKind::WeightHh),
        ("bias_ih_", ParameterKind::BiasIh),
        ("bias_hh_", ParameterKind::BiasHh),
    ];
    let own = if own.starts_with("weight") || own.starts_with("bias") {
        own
    } else {
        &name
    };
    let kind = kinds.into_iter().find(|(start, _)| own.starts_with(start));
    let short = kind.and_then(|(start, parameter)| {
        let part = usize::from(prefix == "decoder");
        let parts = scene.snapshot.probe.parts.get(part)?;
        let suffix = &own[start.len()..];
        let scan = parts
            .scans
            .iter()
            .find(|scan| scan.place.suffix() == suffix)?;
        let cell = scan.cell?;
        let hidden = scan.trace.h0.ncols().max(1);
        let gate = *cell.gates().get(at.first()? / hidden)?;
        let mut within = at.clone();
        within[0] %= hidden;
        let block = block_name(Block { parameter, gate });
        let of = of_scan(scene, part, Some(scan.place));
        Some(format!("{block}[{}]{of}", list(&within)))
    });
    Some((short.unwrap_or_else(|| pytorch.clone()), pytorch))
}

/// A row of weights times what it multiplies: “W_hf[3, :] · h”.
pub fn of_row(scene: &Scene<'_>, first: usize, of: Option<Named>) -> String {
    let weights = parameter(scene, first).map_or_else(String::new, |(short, _)| short);
    let row = match weights.split_once(", ") {
        Some((row, rest)) => {
            let rest = rest.split_once(']').map_or("", |(_, rest)| rest);
            format!("{row}, :]{rest}")
        }
        None => weights,
    };
    let of = match of {
        Some(Named::Spot(Spot::Input { .. })) => "x".into(),
        Some(Named::Spot(spot)) => symbol(scene, spot),
        Some(Named::Given(..)) | None => "x".into(),
    };
    format!("{row} · {of}")
}

/// PyTorch's letters for a block: `W_if`, `b_hf`.
fn block_name(block: Block) -> String {
    block.latex().replace(['{', '}'], "")
}

impl Scene<'_> {
    /// The number that a unit of a scan's quantity is at a step, by its array index. What a layer above the first reads is the
    /// state of the one below; `None` where nothing can be asked about.
    pub fn spot(&self, scan: usize, quantity: Quantity, t: usize, unit: usize) -> Option<Spot> {
        let of = self.part.scans.get(scan)?;
        let station = |place, t, line| Spot::Computed {
            station: Station {
                part: self.part_index,
                place,
                t,
                line,
            },
            head: 0,
            unit,
        };
        let spot = match (quantity, of.cell) {
            (Quantity::X, _) if of.place.layer == 0 && self.part_index == 0 => {
                Spot::Input { t: t + 1, unit }
            }
            (Quantity::X, _) => return self.spot_below(of.place, t, unit),
            (Quantity::Y, _) => {
                let t = if self.part.y.dim().0 == 1 {
                    self.steps()
                } else {
                    t + 1
                };
                station(None, t, Line::Readout)
            }
            (quantity, Some(_)) => station(Some(of.place), t + 1, Line::Cell(quantity)),
            (_, None) => station(Some(of.place), t + 1, Line::Norm),
        };
        Some(spot)
    }

    /// Step, by its array index, and unit of the number that is open, where it is one of a scan's quantity.
    pub fn open_in(
        &self,
        open: Option<Spot>,
        scan: usize,
        quantity: Quantity,
    ) -> Option<(usize, usize)> {
        let spot = open?;
        let (step, unit) = match spot {
            Spot::Input { t, unit } => (t, unit),
            Spot::Computed { station, unit, .. } => (station.t, unit),
            Spot::Parameter(_) | Spot::Initial(..) => return None,
        };
        let t = step.checked_sub(1)?;
        (self.spot(scan, quantity, t, unit) == Some(spot)).then_some((t, unit))
    }

    /// The loss's term of a step, by its array index, if that has one.
    pub fn loss_spot(&self, t: usize) -> Option<Spot> {
        let station = Station {
            part: self.part_index,
            place: None,
            t: t + 1,
            line: Line::Loss,
        };
        self.schedule.index(&station)?;
        Some(Spot::Computed {
            station,
            head: 0,
            unit: 0,
        })
    }

    fn spot_below(&self, place: Place, t: usize, unit: usize) -> Option<Spot> {
        let below = place.layer.checked_sub(1)?;
        let mut scans = self.part.scans.iter().enumerate();
        let scans = scans.by_ref().filter(|(_, scan)| scan.place.layer == below);
        let scans: Vec<usize> = scans.map(|(scan, _)| scan).collect();
        let units = self.part.scans.get(*scans.first()?)?.trace.h.dim().2;
        let scan = *scans.get(unit / units.max(1))?;
        self.spot(scan, Quantity::H, t, unit % units.max(1))
    }

    /// The number that a unit of a state is that a scan's step reads: of the step before it in its direction, or the first state.
    pub fn spot_before(
        &self,
        scan: usize,
        quantity: Quantity,
        t: usize,
        unit: usize,
    ) -> Option<Spot> {
        let place = self.part.scans.get(scan)?.place;
        let before = match place.direction {
            Direction::Forward => t.checked_sub(1),
            Direction::Reverse => Some(t + 1).filter(|&t| t < self.steps()),
        };
        let bridge = Station {
            part: self.part_index,
            place: None,
            t: 0,
            line: Line::Bridge,
        };
        match before {
            Some(t) => self.spot(scan, quantity, t, unit),
            None if quantity == Quantity::H && self.schedule.index(&bridge).is_some() => {
                Some(Spot::Computed {
                    station: bridge,
                    head: 0,
                    unit,
                })
            }
            None => {
                let initial = Initial {
                    part: self.part_index,
                    place,
                    quantity,
                };
                Some(Spot::Initial(initial, unit))
            }
        }
    }
}
