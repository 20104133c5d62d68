"""The processed tables: contracts, canonical read and write, references, queries; touches catalogue and sources."""
