"""What people see: progress, tables and figures. Only here are rich and matplotlib imported."""
