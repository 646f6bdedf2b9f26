"""The market: prices, flows, capacity and budgets under the zone's rules and under shocks."""
