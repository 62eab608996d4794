"""Visitors: whose a page is. One may have many pages, each with a token of its own."""

from typing import NamedTuple

import streamlit as st


class Visitor(NamedTuple):
    """Who asked: the address is sure, the browser tells a class behind one address apart."""

    address: str = ""
    browser: str = ""


NOBODY = Visitor()


def of_this_page() -> Visitor:
    """Who this script run's page belongs to: its address, and the cookie that every browser is given."""
    return Visitor(st.context.ip_address or "", st.context.cookies.get("_streamlit_xsrf", ""))
