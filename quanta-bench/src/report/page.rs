//! The page.

use std::fmt::Write;

use super::{bars, numbers, plots::Plot, tables};
use crate::error::Outcome;
use crate::results::{Results, Unit};
use crate::workloads;

/// The text of the page, whose plots lie in a folder.
pub fn text(results: &Results, plots: &[Plot], folder: &str) -> Outcome<String> {
    let mut page = String::from(
        "# Benchmarks\n\nWritten by `quanta-bench report` from what `quanta-bench run --json` measured: no figure here is by hand.\n\
         Quote ratios, not times: another machine has others.\n\n",
    );
    machine(results, &mut page)?;
    verdicts(results, &mut page)?;
    standings(results, &mut page)?;
    page.push_str(LIMITS);
    page.push_str(METHOD);
    if !plots.is_empty() {
        page.push_str("## Cost against rows\n\n");
        for plot in plots {
            writeln!(page, "![{}]({folder}/{}.svg)\n", plot.title, plot.name)?;
        }
    }
    page.push_str("## All figures\n");
    for table in tables::all(results) {
        writeln!(page, "\n### {}\n\n{}", table.title, table.table)?;
        for note in notes(results, &table.workload) {
            writeln!(page, "\n- {note}")?;
        }
    }
    Ok(page)
}

/// What was found out by profiles where bars are missed.
const LIMITS: &str = "## Where bars are missed, and why\n\n\
    - A blind put that is only buffered: a bare one has the encoding, fjall's journal and its tree too. Where nobody looks at a\n  \
      row, it goes to the engine past the line of commits, isn't gathered first, and takes the shorter way that fjall has for\n  \
      a single write, where the bare one is a batch of one; readers get a new sequence number, and a new state of fjall only\n  \
      now and then. What is left are the right to write, the condition that the schema is the one that the program knows, and\n  \
      memory for both. A put that is synced, which is the default, waits for the disk much longer than for all of that.\n\
    - An unswept row still holds the field that was dropped, and is put together in a buffer before it is decoded. How each\n  \
      field ends is found out once for all rows, and what stays is copied without being decoded. Where reading a swept row\n  \
      takes little longer than that, as in a scan, or a get in a small store, it may be more than the bar allows.\n\
    - Many threads that commit share a sync, and each is woken once. Where a sync takes no longer than a few thread switches,\n  \
      these are what a commit of 16 threads takes.\n\
    - Bare fjall, with one index and nothing kept, takes longer to rewrite many rows than SQLite does, as its log and its\n  \
      merges write them more than once, and about a twentieth of native_db's time. A sweep that keeps dropped values writes\n  \
      two records for each of its one. With ten million rows it takes longer than bare fjall, in a fraction of its memory.\n\
    - A sweep on sled that keeps values: sled rewrites a node for each of the two records. It has no snapshots, so that what\n  \
      is overwritten is read first, for whoever reads the state before, and that is whoever translates the next rows.\n\
    - A scan on redb takes little more than decoding its rows, as redb lends them out of its cache: the stamp that each of\n  \
      ours has, and a cursor that is the same for all engines, show there.\n\
    - A kept value is a record of its own: such a get is two gets of the engine, of one state.\n\
    - The disk at the peak, on fjall, is mostly tables: old ones, new ones, and what a merge of both has written so far. A batch\n  \
      of the sweep has rows, kept values and a cursor, which lie far apart, so a table of it spans all keys behind its first\n  \
      row, and merging it rewrites all of these. What was merged goes only with the next merge or the next full table in\n  \
      memory, and not before the oldest read that is open: a scan runs beside the sweep here. The rest is journal: fjall 3.1\n  \
      begins a new one only behind 64 MB, whatever its options say, and compresses only values of 4 KiB and more in it.\n  \
      Bare fjall peaks too when all rows are written anew: its figures are below, under Evolve.\n\
    - Memory on sled and redb: what is above the bar is the allocator's. The engine's cache is filled by the thread that reads\n  \
      before, and renewed by those of the sweep, each of which has an arena of its own in glibc: what one gives back the others\n  \
      don't get. Run with one arena (`MALLOC_ARENA_MAX=1`), redb's peak is near that of bare redb. sled also keeps what is written in\n  \
      memory until it is flushed.\n\
    - sled gives space on the disk back bit by bit.\n\
    - native_db keeps rows in redb too, in bincode, so that it scans them at the cost of redb and of decoding. Ours adds to\n  \
      that what a scan on redb shows above: we lose such scans in a small store, and are level in a large one.\n\n";

const METHOD: &str = "## How it is measured\n\n\
    - Every store gets the same rows in the same order: a key, a unique address, and four more fields, about 120 bytes.\n\
    - Writes last when they return, in every store: a commit is synced, but where a figure says that it is buffered. Bulk\n  \
      loads are synced at their end at the latest.\n\
    - Bare sled is as durable as our store on it: sled 0.34 alone hands pages to the disk on Linux (`sync_file_range`), and\n  \
      doesn't ask the disk to keep them, so its log is synced after each of its flushes.\n\
    - Each workload on each store runs in a process of its own, and stores take turns within each repetition.\n\
    - Figures are medians; beside them stand the smallest and the largest value, or what half of the values lies between.\n\
    - Where we are compared with a bare engine, both run in one process by turns in short blocks, and the ratio is the\n  \
      median of the ratios of the blocks. A bare engine holds the same rows in bincode, with the settings that we open it\n  \
      with, and an index by hand.\n\
    - Until it is said otherwise, less is better.\n\n";

fn often(repetitions: u64) -> String {
    match repetitions {
        1 => "once".to_owned(),
        more => format!("{more} times"),
    }
}

fn machine(results: &Results, page: &mut String) -> Outcome<()> {
    let machine = &results.machine;
    writeln!(page, "| | |\n|---|---|")?;
    let listed = |rows: &[u64]| -> String {
        let rows: Vec<String> = rows.iter().map(|rows| numbers::count(*rows)).collect();
        rows.join(", ")
    };
    let runs = results
        .runs
        .iter()
        .map(|run| format!("{}: {}", listed(&run.rows), often(run.repetitions)));
    let runs: Vec<String> = runs.collect();
    for (name, value) in [
        ("processor", format!("{}, {} cores", machine.cpu, machine.cores)),
        ("memory", numbers::value(machine.memory_bytes as f64, Unit::Bytes)),
        // What stands behind the version is whose build it is.
        ("kernel", machine.kernel.split('-').take(1).collect()),
        ("filesystem", machine.filesystem.clone()),
        ("compiler", format!("{}, {}", machine.rustc, machine.profile)),
        ("versions", machine.crates.join(", ")),
        ("rows, and how often each", runs.join("; ")),
    ] {
        writeln!(page, "| {name} | {value} |")?;
    }
    if results.quick {
        page.push_str("\nThis was a smoke test: its figures mean nothing.\n");
    }
    page.push('\n');
    Ok(())
}

fn verdicts(results: &Results, page: &mut String) -> Outcome<()> {
    let verdicts = bars::all(results);
    if verdicts.is_empty() {
        return Ok(());
    }
    let met = verdicts.iter().filter(|verdict| verdict.is_met).count();
    writeln!(
        page,
        "## What we hold ourselves to\n\n{met} of {} bars are met.\n",
        verdicts.len()
    )?;
    writeln!(
        page,
        "| what | on | rows | bar | figure | |\n|---|---|---:|---:|---:|---|"
    )?;
    for verdict in verdicts {
        let said = if verdict.is_met { "met" } else { "**missed**" };
        let rows = numbers::count(verdict.rows);
        let bars::Verdict {
            what,
            on,
            bar,
            figure,
            ..
        } = verdict;
        writeln!(page, "| {what} | {on} | {rows} | {bar} | {figure} | {said} |")?;
    }
    page.push('\n');
    Ok(())
}

/// For each workload: the best of ours beside the best of the others that have a typed layer.
fn standings(results: &Results, page: &mut String) -> Outcome<()> {
    let mut lines = Vec::new();
    for rows in results.rows() {
        for workload in workloads::ALL.iter().filter(|workload| workload.name != "ratios") {
            lines.extend(standing(results, workload, rows));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    page.push_str(
        "## What we win, and what we lose\n\nThe best of our engines on disk against the best of the peers.\n\n\
         | what | rows | ours | | peer | | |\n|---|---:|---|---:|---|---:|---|\n",
    );
    for line in lines {
        writeln!(page, "{line}")?;
    }
    page.push('\n');
    Ok(())
}

fn standing(results: &Results, workload: &workloads::Workload, rows: u64) -> Option<String> {
    let cells = || {
        results
            .cells
            .iter()
            .filter(|cell| cell.workload == workload.name && cell.rows == rows)
    };
    let metric = match workload.name {
        "evolve" => "until every row is rewritten",
        _ => &cells().find_map(|cell| cell.found.readings.first())?.metric,
    };
    let best = |is_wanted: &dyn Fn(&str) -> bool| {
        cells()
            .filter(|cell| is_wanted(&cell.store))
            .filter_map(|cell| Some((cell.spread(metric)?.median, &cell.store)))
            .min_by(|(one, _), (other, _)| one.total_cmp(other))
    };
    let is_bare = |store: &str| matches!(store, "fjall" | "sled" | "redb");
    let (ours, our_store) = best(&|store| store.starts_with("quanta/") && store != "quanta/memory")?;
    let (theirs, peer) = best(&|store| !store.starts_with("quanta/") && !is_bare(store))?;
    let (times, verdict) = if ours <= theirs {
        (theirs / ours, "we win")
    } else {
        (ours / theirs, "**we lose**")
    };
    let said = |nanos| numbers::value(nanos, Unit::Nanos);
    Some(format!(
        "| {} | {} | {our_store} | {} | {peer} | {} | {verdict}, {}x |",
        workload.title,
        numbers::count(rows),
        said(ours),
        said(theirs),
        numbers::digits(times),
    ))
}

/// What is said beside the figures of a workload; the texts of one table have no figures.
fn notes(results: &Results, workload: &str) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    let cells = results
        .cells
        .iter()
        .filter(|cell| cell.workload == workload && workload != "older");
    for cell in cells {
        for note in &cell.found.notes {
            let note = format!("{}: {note}.", cell.store);
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}
