//! `socdef_sigma._core`, built anew with the types and templates of this crate. Python takes it in place of the one in the wheel: see `check.py`.

use pyo3::prelude::*;

/// The compiler, with a type more.
#[pymodule(gil_used = false)]
mod custom_plugin_python {
    use pyo3::prelude::*;

    #[pymodule_export]
    use socdef_sigma::_core;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        // What is registered is linked where something of its crate is used.
        module.add("TYPE", custom_plugin::jarm::JARM.name)
    }
}
