"""The texts of the patient's papers: one TOML file for each language, and which text answers which claim."""
