//! What tables and dates are for: lists of events, and dates that say something else than when it came about.

use super::looked::Looked;

/// Words by which a date says when something else was or will be: a birth, a deadline, what was sent, changed or paid later.
const OTHER_DATES: [&str; 78] = [
    "birth",
    "born",
    "dob",
    "birthday",
    "due",
    "deadline",
    "paperless",
    "update",
    "updated",
    "updating",
    "modified",
    "changed",
    "edited",
    "synced",
    "ship",
    "shipped",
    "shipping",
    "shipment",
    "dispatched",
    "deliver",
    "delivery",
    "delivered",
    "settled",
    "settlement",
    "paid",
    "expiry",
    "expiration",
    "expire",
    "expires",
    "maturity",
    "expected",
    "estimated",
    "planned",
    "promised",
    "required",
    "end",
    "ended",
    "ends",
    "ending",
    "finish",
    "finished",
    "completed",
    "resolved",
    "dropoff",
    "return",
    "returned",
    "renewal",
    "cancelled",
    "canceled",
    "status",
    "signup",
    "registered",
    "registration",
    "joined",
    "joining",
    "hire",
    "hired",
    "membership",
    "retrieved",
    "downloaded",
    "extracted",
    "ingested",
    "loaded",
    "imported",
    "inserted",
    "processed",
    "processing",
    "ausgabe",
    "fälligkeit",
    "fällig",
    "geändert",
    "lieferung",
    "vencimiento",
    "nacimiento",
    "entrega",
    "naissance",
    "échéance",
    "livraison",
];

/// The same where they are the beginning of one word.
const BEGINNINGS: [&str; 17] = [
    "birth",
    "due",
    "paperless",
    "update",
    "modif",
    "ship",
    "deliver",
    "expir",
    "geburts",
    "fälligkeits",
    "liefer",
    "änderungs",
    "versand",
    "ablauf",
    "verfalls",
    "end",
    "nascita",
];

/// What follows these in one word.
const DATES: [&str; 10] = [
    "date", "dates", "time", "datetime", "at", "on", "day", "datum", "tag", "ts",
];

/// Whether a column of dates is called like one that says when something else was or will be.
pub(super) fn is_of_something_else(looked: &Looked<'_>) -> bool {
    let in_one_word = || {
        let known = |beginning: &str| {
            let rest = looked.bare.strip_prefix(beginning);
            rest.is_some_and(|rest| DATES.iter().any(|date| rest.ends_with(date)))
        };
        BEGINNINGS.iter().any(|beginning| known(beginning))
    };
    looked.called(&OTHER_DATES) || in_one_word()
}

/// Words for something that comes about once and gets a number.
const EVENTS: [&str; 19] = [
    "order",
    "invoice",
    "transaction",
    "trans",
    "booking",
    "reservation",
    "receipt",
    "bill",
    "payment",
    "purchase",
    "ticket",
    "trip",
    "ride",
    "bestellung",
    "rechnung",
    "factura",
    "pedido",
    "commande",
    "facture",
];

/// Words for such a number.
const NUMBERS: [&str; 10] = [
    "id", "no", "nr", "num", "number", "code", "key", "ref", "nummer", "número",
];

/// Whether each row is an event of its own, or a part of one: a column has the number of each, and few rows share one. Such rows are
/// no series of one thing, whatever words come again in them.
pub(super) fn are_events(columns: &[Looked<'_>]) -> bool {
    columns.iter().any(|looked| {
        let named = looked.called(&EVENTS) && looked.called(&NUMBERS);
        let joined = EVENTS.iter().any(|event| {
            let rest = looked.bare.strip_prefix(event);
            rest.is_some_and(|rest| NUMBERS.contains(&rest))
        });
        // Fewer stand below each other in a part of a list.
        (named || joined) && looked.rows > 4 && 5 * looked.known() > 2 * looked.rows
    })
}

/// Whether a column of texts describes what a row is about in free words.
pub(super) fn describes(looked: &Looked<'_>) -> bool {
    const WORDS: [&str; 22] = [
        "description",
        "descriptions",
        "desc",
        "details",
        "detail",
        "memo",
        "comment",
        "comments",
        "remark",
        "remarks",
        "narrative",
        "title",
        "beschreibung",
        "bezeichnung",
        "buchungstext",
        "verwendungszweck",
        "descripción",
        "descripcion",
        "descrizione",
        "descrição",
        "libellé",
        "omschrijving",
    ];
    looked.numbers().is_none() && looked.called(&WORDS)
}
