"""Every strategy is one module of this package; the rules name the ones that apply to them."""
