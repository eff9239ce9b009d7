//! The one integration binary: it links once. One file a theme.
