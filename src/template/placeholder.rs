//! Placeholders.
use super::{TemplateError};

/// A replacement of one's own.
#[derive(Clone, Debug)]
pub struct Rule(());

impl Rule {
    /// Reads `TAG s/FROM/TO/FLAGS[; s/…/…/]`.
    pub fn parse(_text: &[u8]) -> Result<Rule, TemplateError> {
        Ok(Rule(()))
    }
}
