"""The Insulin Delivery Service over a pump. Source: IDS 1.0.2."""
