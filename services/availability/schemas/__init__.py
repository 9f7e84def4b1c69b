"""Requests and answers of availability, as its OpenAPI document shows them."""
