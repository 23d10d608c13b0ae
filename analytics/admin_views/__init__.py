"""The pages of analytics: home, KPI board, campaign report. Each reads, shows and changes nothing."""
