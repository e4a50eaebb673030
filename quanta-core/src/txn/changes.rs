//! What one write does to records: to a row, its entries in indexes, and what is kept of it.

/// Records that are set, or removed where there is no value. Of two changes of one record, the later one counts.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<Change>);

/// A key, and its value; none if it is removed.
pub(super) type Change = (Vec<u8>, Option<Vec<u8>>);

impl Changes {
    /// Sets a record.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.0.push((key, Some(value)));
    }

    /// Removes a record.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.0.push((key, None));
    }

    /// Returns what becomes of a record, if it is changed. There are few changes: they are looked through.
    pub fn get(&self, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        let changes = self.0.iter().rev();
        changes
            .into_iter()
            .find(|(changed, _)| changed == key)
            .map(|(_, value)| value)
    }

    /// Returns how many bytes the changes take.
    pub fn bytes(&self) -> usize {
        self.0.iter().map(change_bytes).sum()
    }

    /// Lists the changes in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.0.iter()
    }
}

impl IntoIterator for Changes {
    type Item = Change;
    type IntoIter = std::vec::IntoIter<Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

fn change_bytes((key, value): &Change) -> usize {
    record_bytes(key, value.as_ref())
}

/// Returns how many bytes a record takes in a batch.
pub(super) fn record_bytes(key: &[u8], value: Option<&Vec<u8>>) -> usize {
    key.len() + value.map_or(0, Vec::len)
}
