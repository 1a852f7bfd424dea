"""The language server: `python -m nablint.lsp` speaks the protocol on stdin and stdout."""
