"""How Django writes days and times where no filter of ours does: 2026-11-21 (토) 09:00 in both languages (F-06)."""
