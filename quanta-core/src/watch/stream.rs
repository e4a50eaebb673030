//! A watch as a stream.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::error::Result;

use super::event::Event;
use super::watcher::Watch;

impl<T> Stream for Watch<T> {
    type Item = Result<Event<T>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_recv(context)
    }
}

impl<T> FusedStream for Watch<T> {
    fn is_terminated(&self) -> bool {
        self.is_over
    }
}
