"""In whose name messages leave: sending accounts, their settings, prices, and the companies behind them."""
