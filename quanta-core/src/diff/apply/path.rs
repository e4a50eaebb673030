//! The paths of steps.

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A field, a position of a tuple or a variant.
    Slot(String),
    /// The items of a list, set or array.
    Item,
    /// The keys of a map.
    Key,
    /// The values of a map.
    Value,
}

/// Reads a path such as `address.city`, `tags[]`, `shape::Circle.radius` or `prices{value}`.
pub(super) fn parse(path: &str) -> Result<Vec<Part>, String> {
    const MARKS: [(&str, Part); 3] = [("[]", Part::Item), ("{key}", Part::Key), ("{value}", Part::Value)];
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some((mark, part)) = MARKS.iter().find(|(mark, _)| rest.starts_with(mark)) {
            parts.push(part.clone());
            rest = &rest[mark.len()..];
            continue;
        }
        rest = rest
            .strip_prefix("::")
            .or_else(|| rest.strip_prefix('.'))
            .unwrap_or(rest);
        let end = rest.find(['.', ':', '[', '{']).unwrap_or(rest.len());
        if end == 0 {
            return Err(format!("`{path}` is no path"));
        }
        parts.push(Part::Slot(rest[..end].to_owned()));
        rest = &rest[end..];
    }
    Ok(parts)
}

/// Tells whether a path leads into the place of another.
pub(in crate::diff) fn is_below(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with(['.', ':', '[', '{']))
}
