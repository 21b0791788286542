//! A binary of your own: `custom-plugin FEED…` prints the rules of what the crate adds.

fn main() -> socdef_sigma::Result<()> {
    custom_plugin::run(std::env::args().skip(1))
}
