//! What each display of progress can do.

use crate::execute::Event;
/// A display of progress.
pub(super) trait ProgressView: Send + Sync {
    /// Handles an event.
    fn event(&self, event: &Event);
    /// Prints a message.
    fn note(&self, text: &str);
    /// Prints an error.
    fn error(&self, text: &str);
    /// Ends the display.
    fn end(&self);
}
