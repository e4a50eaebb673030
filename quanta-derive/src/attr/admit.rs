//! Lets through what may stand at a place, once, and reports the rest.

use super::contradiction::contradictions;
use super::entry::{Entry, entries};
use super::known::{KNOWN, Known, Place, Support};
use super::nearest::nearest;
use crate::ctxt::Ctxt;
use syn::Attribute;

/// The attributes at one place that are known, belong there, are supported and aren't doubled.
pub(crate) fn admitted(ctxt: &mut Ctxt, attrs: &[Attribute], place: Place) -> Vec<Entry> {
    let mut admitted: Vec<Entry> = Vec::new();
    for entry in entries(ctxt, attrs) {
        if let Some(message) = refusal(&entry, place, &admitted) {
            ctxt.error_at(&entry.key, message);
        } else {
            admitted.push(entry);
        }
    }
    contradictions(ctxt, &admitted);
    admitted
}

fn refusal(entry: &Entry, place: Place, before: &[Entry]) -> Option<String> {
    let key = entry.key.to_string();
    let Some(known) = Known::find(&key) else {
        return Some(unknown(&key, place));
    };
    if !known.allows(place) {
        return Some(misplaced(known, place));
    }
    if known.support == Support::Later {
        return Some(format!("`{key}` is not supported yet; remove it"));
    }
    if !known.repeats(place) && before.iter().any(|earlier| earlier.key == entry.key) {
        return Some(format!("`{key}` is given twice; keep one of them"));
    }
    None
}

fn unknown(key: &str, place: Place) -> String {
    if let Some(meant) = nearest(key, place) {
        return format!("unknown attribute `{key}`; did you mean `{meant}`?");
    }
    let names: Vec<_> = KNOWN
        .iter()
        .filter(|known| known.allows(place) && known.support == Support::Now)
        .map(|known| format!("`{}`", known.name))
        .collect();
    format!(
        "unknown attribute `{key}`; on {} there are {}",
        place.here(),
        names.join(", ")
    )
}

fn misplaced(known: &Known, place: Place) -> String {
    let message = format!(
        "`{}` is not for {}: it belongs on {}",
        known.name,
        place.here(),
        known.home()
    );
    match nearest(known.name, place) {
        Some(meant) if place == Place::Entity => format!("{message}; did you mean `{meant}`?"),
        // Both derives on one struct lead here too.
        _ if matches!(place, Place::Type | Place::TypeField) && known.is_for_entities() => {
            format!("{message}; `QuantaEntity` brings `QuantaType` along, so derive it alone")
        }
        _ => message,
    }
}
