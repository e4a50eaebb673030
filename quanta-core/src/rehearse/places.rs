//! The values that a path of a reference leads to, in rows as values.

use crate::value::Value;

/// One step of a path.
#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    /// A field, or a position of a tuple.
    Slot(&'p str),
    Items,
    Keys,
    Values,
}

fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let end = part.find(['[', '{']).unwrap_or(part.len());
        let (name, mut rest) = part.split_at(end);
        steps.push(Step::Slot(name));
        while !rest.is_empty() {
            let known = [
                ("[]", Step::Items),
                ("{key}", Step::Keys),
                ("{value}", Step::Values),
            ];
            let found = known.into_iter().find(|(form, _)| rest.starts_with(form));
            let Some((form, step)) = found else { break };
            steps.push(step);
            rest = &rest[form.len()..];
        }
    }
    steps
}

/// Tells whether a path leads to several values.
pub(super) fn is_many(path: &str) -> bool {
    path.contains(['[', '{'])
}

/// Lists the values at a path, without the options around them: none where an option leaves it out.
pub(super) fn values<'v>(row: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = Vec::new();
    walk(row, &steps(path), &mut found);
    found
}

fn walk<'v>(value: &'v Value, steps: &[Step<'_>], found: &mut Vec<&'v Value>) {
    if let Value::Option(item) = value {
        if let Some(item) = item {
            walk(item, steps, found);
        }
        return;
    }
    let Some((step, rest)) = steps.split_first() else {
        found.push(value);
        return;
    };
    match (step, value) {
        (Step::Slot(name), Value::Struct(fields)) => {
            if let Some(field) = fields.get(*name) {
                walk(field, rest, found);
            }
        }
        (Step::Slot(name), Value::Tuple(items)) => {
            let position: Option<usize> = name.parse().ok();
            if let Some(item) = position.and_then(|position| items.get(position)) {
                walk(item, rest, found);
            }
        }
        (Step::Items, Value::List(items)) => items.iter().for_each(|item| walk(item, rest, found)),
        (Step::Keys, Value::Map(entries)) => entries.iter().for_each(|(key, _)| walk(key, rest, found)),
        (Step::Values, Value::Map(entries)) => {
            entries.iter().for_each(|(_, value)| walk(value, rest, found));
        }
        _ => {}
    }
}

/// Puts a value in the place of the one at a path. False if there is none, or there are several.
pub(super) fn set(row: &mut Value, path: &str, new: &Value) -> bool {
    let mut place = row;
    for step in steps(path) {
        while let Value::Option(Some(item)) = place {
            place = item;
        }
        let next = match (step, place) {
            (Step::Slot(name), Value::Struct(fields)) => fields.get_mut(name),
            (Step::Slot(name), Value::Tuple(items)) => name
                .parse()
                .ok()
                .and_then(|position: usize| items.get_mut(position)),
            _ => None,
        };
        let Some(next) = next else { return false };
        place = next;
    }
    while let Value::Option(Some(item)) = place {
        place = item;
    }
    let is_none = matches!(place, Value::Option(None));
    if !is_none {
        *place = new.clone();
    }
    !is_none
}

/// Leaves a row without values at a path: the innermost option becomes none, or the list or map loses its items. False if
/// there is neither.
pub(super) fn leave_out(row: &mut Value, path: &str) -> bool {
    leave_out_at(row, &steps(path))
}

fn leave_out_at(value: &mut Value, steps: &[Step<'_>]) -> bool {
    match (value, steps.split_first()) {
        (Value::Option(item), _) => {
            if !item.as_mut().is_none_or(|item| leave_out_at(item, steps)) {
                *item = None;
            }
            true
        }
        (Value::Struct(fields), Some((Step::Slot(name), rest))) => fields
            .get_mut(*name)
            .is_some_and(|field| leave_out_at(field, rest)),
        (Value::Tuple(items), Some((Step::Slot(name), rest))) => {
            let position: Option<usize> = name.parse().ok();
            let item = position.and_then(|position| items.get_mut(position));
            item.is_some_and(|item| leave_out_at(item, rest))
        }
        (Value::List(items), Some((Step::Items, _))) => {
            items.clear();
            true
        }
        (Value::Map(entries), Some((Step::Keys | Step::Values, _))) => {
            entries.clear();
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Value {
        let some = |value| Value::Option(Some(Box::new(value)));
        let home = Value::Struct([("owner".to_owned(), Value::from(7_u64))].into());
        let pair = Value::Tuple(vec![Value::from(1_u64), some(Value::from(2_u64))]);
        let tags = Value::List(vec![Value::from(3_u64), Value::from(4_u64)]);
        let by = Value::Map(vec![(Value::from(5_u64), Value::from(6_u64))]);
        Value::Struct(
            [("home", some(home)), ("pair", pair), ("tags", tags), ("by", by)]
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    #[test]
    fn values_are_found_set_and_left_out() {
        for (path, expected, can_be_set) in [
            ("home.owner", &[7_u64][..], true),
            ("pair.0", &[1], true),
            ("pair.1", &[2], true),
            ("tags[]", &[3, 4], false),
            ("by{key}", &[5], false),
            ("by{value}", &[6], false),
            ("gone", &[], false),
        ] {
            let expected: Vec<Value> = expected.iter().copied().map(Value::from).collect();
            let found: Vec<Value> = values(&row(), path).into_iter().cloned().collect();
            assert_eq!(found, expected, "{path}");
            let mut changed = row();
            assert_eq!(set(&mut changed, path, &Value::from(9_u64)), can_be_set, "{path}");
            if can_be_set {
                assert_eq!(values(&changed, path), [&Value::from(9_u64)], "{path}");
            }
            let mut without = row();
            let can_be_left_out = !matches!(path, "pair.0" | "gone");
            assert_eq!(leave_out(&mut without, path), can_be_left_out, "{path}");
            assert_eq!(values(&without, path).is_empty(), path != "pair.0", "{path}");
        }
    }
}
