//! The thread that trains beside the window: several runs, in rounds.
//!
//! In a round each run that has something to do makes one update. Those that are compared go in lockstep: only the ones
//! furthest behind do, so that update k of one is made beside update k of the others, and what is seen of them is of the same
//! update. How much time one of them takes changes no number of another.
//!
//! Each run has a [`Seat`]. It takes [`Order`]s and publishes [`Snapshot`](super::Snapshot)s: always when an order leaves it
//! waiting, and while it runs only when the last one has been taken and the interval has passed. Publishing reads the run and
//! never changes it. The data of a run, which may take long, are made on a thread of their own; until they are there its orders
//! wait.

mod seat;
mod seated;

pub use crate::experiment::memory::FORECASTS_SHOWN;
pub use seat::{Failure, From, Make, Order, Seat, Taken};

use crate::experiment::Experiment;
use crate::platform::threads;
use seat::Shared;
use seated::Seated;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// What is said to the thread.
enum Message {
    /// A run joins; its data are still being made.
    Join(Box<Seated>),
    /// They are there.
    Made(u64, Box<seated::Made>),
    /// It is told to do something.
    Order(u64, Order),
    /// Nobody looks at it any more.
    Leave(u64),
}

/// A way to talk to the thread; all of them are the same.
#[derive(Clone)]
struct Line {
    messages: Sender<Message>,
    /// How many messages the thread has not read yet: what can be broken off gives way to them.
    unread: Arc<AtomicUsize>,
}

impl Line {
    /// Says something; false if the thread has ended.
    fn say(&self, message: Message) -> bool {
        self.unread.fetch_add(1, Ordering::Release);
        self.messages.send(message).is_ok()
    }
}

/// The thread. It ends when this and all seats are gone.
pub struct Worker {
    line: Line,
    /// Why there is no thread, if so.
    failure: Option<Failure>,
    /// How many seats there were.
    seats: AtomicUsize,
}

impl Worker {
    /// Starts a thread, whose runs publish no more often than once in an `interval` while they train.
    pub fn new(interval: Duration) -> Self {
        let (messages, receiver) = channel();
        let unread = Arc::new(AtomicUsize::new(0));
        let line = Line {
            messages,
            unread: Arc::clone(&unread),
        };
        let started = threads::spawn("training", move || {
            threads::step_back();
            let mut rounds = Rounds {
                receiver,
                unread,
                interval,
                seats: Vec::new(),
            };
            while rounds.next() {}
        });
        Self {
            line,
            failure: started.err().map(|error| Failure::no_thread(&error)),
            seats: AtomicUsize::new(0),
        }
    }

    /// Takes on a run: makes its data, publishes its snapshot 0 and waits for orders.
    ///
    /// `wake` is called, on any thread, whenever there is something new to see.
    pub fn take_on(
        &self,
        experiment: Experiment,
        make: Box<Make>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Seat {
        let shared = Arc::new(Shared::new(wake));
        let number = self.seats.fetch_add(1, Ordering::Relaxed) as u64;
        let seated = Seated::new(number, experiment.clone(), Arc::clone(&shared));
        let seat = Seat::new(number, self.line.clone(), Arc::clone(&shared));
        self.line.say(Message::Join(Box::new(seated)));
        let started = match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => {
                let (line, shared) = (self.line.clone(), Arc::clone(&shared));
                let started = threads::spawn("opening", move || {
                    threads::step_back();
                    match seated::make(&experiment, make, &shared) {
                        Ok(made) => drop(line.say(Message::Made(number, Box::new(made)))),
                        Err(failure) => shared.fail(failure),
                    }
                });
                started.map_err(|error| Failure::no_thread(&error))
            }
        };
        if let Err(failure) = started {
            shared.fail(failure);
        }
        seat
    }

    /// A worker with a single run.
    pub fn alone(
        experiment: Experiment,
        make: Box<Make>,
        interval: Duration,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Seat {
        Self::new(interval).take_on(experiment, make, wake)
    }
}

/// What the thread does, round by round: nothing here knows that it is one.
struct Rounds {
    receiver: Receiver<Message>,
    unread: Arc<AtomicUsize>,
    interval: Duration,
    seats: Vec<Seated>,
}

impl Rounds {
    /// A round; waits for a message where there is nothing to do. False if there is nothing more to come.
    fn next(&mut self) -> bool {
        if !self.seats.iter().any(Seated::is_busy) {
            match self.receiver.recv() {
                Ok(message) => self.read(message),
                Err(_) => return false,
            }
        }
        while let Ok(message) = self.receiver.try_recv() {
            self.read(message);
        }
        for seat in &mut self.seats {
            seat.guarded(Seated::obey);
        }
        self.update();
        for seat in &mut self.seats {
            // What looks at thousands of sequences gives way to whoever has something to say.
            let unread = &self.unread;
            seat.guarded(|seat| seat.tell_at_rest(&|| unread.load(Ordering::Acquire) > 0));
        }
        self.tell_on_the_way();
        true
    }

    fn read(&mut self, message: Message) {
        self.unread.fetch_sub(1, Ordering::AcqRel);
        match message {
            Message::Join(seated) => self.seats.push(*seated),
            Message::Made(number, made) => {
                if let Some(seat) = self.seat(number) {
                    seat.take_up(*made);
                }
            }
            Message::Order(number, order) => {
                if let Some(seat) = self.seat(number) {
                    seat.orders.push_back(order);
                }
            }
            Message::Leave(number) => self.seats.retain(|seat| seat.number != number),
        }
    }

    fn seat(&mut self, number: u64) -> Option<&mut Seated> {
        self.seats.iter_mut().find(|seat| seat.number == number)
    }

    /// An update of each run that is on its way; of those in lockstep, of the ones furthest behind.
    fn update(&mut self) {
        let in_lockstep = self.seats.iter().filter(|seat| seat.runs_in_lockstep());
        let behind = in_lockstep.map(Seated::updates).min();
        for seat in &mut self.seats {
            let waits = seat.runs_in_lockstep() && Some(seat.updates()) != behind;
            if seat.is_running() && !waits {
                seat.guarded(Seated::update);
            }
        }
    }

    /// Publishes what runs have reached that go on, if it is time; those in lockstep together, once they are level.
    fn tell_on_the_way(&mut self) {
        let in_lockstep = || self.seats.iter().filter(|seat| seat.runs_in_lockstep());
        let first = in_lockstep().next().map(Seated::updates);
        let are_level = in_lockstep().all(|seat| Some(seat.updates()) == first);
        let cost = in_lockstep().map(|seat| seat.cost).sum();
        let all_due = in_lockstep().all(|seat| seat.is_due(self.interval, cost));
        for seat in self.seats.iter_mut().filter(|seat| seat.is_running()) {
            let due = match seat.runs_in_lockstep() && are_level {
                true => all_due,
                false => seat.is_due(self.interval, seat.cost),
            };
            if due {
                seat.guarded(Seated::tell_on_the_way);
            }
        }
    }
}
