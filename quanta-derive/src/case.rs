//! The default name of a table.

/// Turns a type's name into snake case: `HTTPServer` becomes `http_server`. No plural.
pub(crate) fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (i, &char) in chars.iter().enumerate() {
        if char.is_uppercase() && starts_word(&chars, i) {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}

/// An upper-case letter starts a word after a lower-case letter or digit, and as the last one of
/// a run of capitals that a lower-case letter follows.
fn starts_word(chars: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|i| chars[i]) else {
        return false;
    };
    let ends_run = before.is_uppercase() && chars.get(at + 1).is_some_and(|after| after.is_lowercase());
    before.is_lowercase() || before.is_numeric() || ends_run
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn names() {
        let cases = [
            ("User", "user"),
            ("HTTPServer", "http_server"),
            ("UserV2", "user_v2"),
            ("User2FA", "user2_fa"),
            ("A", "a"),
            ("AB", "ab"),
            ("ABc", "a_bc"),
            ("_Hidden", "_hidden"),
            ("Old_Name", "old_name"),
            ("lower", "lower"),
        ];
        for (name, expected) in cases {
            assert_eq!(snake_case(name), expected, "{name}");
        }
    }
}
