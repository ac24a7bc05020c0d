"""The page's colours and type, as a theme of Gradio's: ink and pine green on warm paper."""

import gradio as gr
from gradio.themes.utils import colors, fonts

PINE = colors.Color(
    name="pine",
    c50="#eef7f4", c100="#d6ece5", c200="#aedacb", c300="#7cc1ab", c400="#46a488", c500="#2b8a70",
    c600="#1f6f5c", c700="#1a594b", c800="#17473d", c900="#133a32", c950="#09211d",
)  # fmt: skip


def theme() -> gr.themes.Base:
    """Only fonts that every system has: nothing is fetched for them."""
    return gr.themes.Base(
        primary_hue=PINE,
        secondary_hue=PINE,
        neutral_hue=colors.stone,
        radius_size="lg",
        font=(fonts.Font("system-ui"), "Segoe UI", "Roboto", "Arial", "sans-serif"),
        font_mono=(fonts.Font("ui-monospace"), "Consolas", "monospace"),
    ).set(
        body_background_fill="#faf8f3",
        body_background_fill_dark="#171614",
        body_text_color="#1f1d1a",
        body_text_color_dark="#efece6",
        body_text_color_subdued="#5c574e",
        body_text_color_subdued_dark="#b3ada2",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#22201d",
        background_fill_secondary="#f1ede3",
        background_fill_secondary_dark="#24221f",
        border_color_primary="#d6cfc0",
        border_color_primary_dark="#47433c",
        link_text_color="*primary_600",
        link_text_color_dark="*primary_300",
    )
