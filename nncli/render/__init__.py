"""The output for people: progress, tables and figures. No other package imports rich or matplotlib."""
