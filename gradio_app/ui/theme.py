"""The page's colours, shapes and fonts. Fonts are the system's: nothing is fetched."""

import gradio as gr

__all__ = ["film_theme"]

_SANS = ("Inter", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def film_theme() -> gr.themes.Base:
    """Return the theme: warm paper by day, a dark cinema by night; indigo for what acts."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.indigo,
        secondary_hue=gr.themes.colors.stone,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_lg,
        font=_SANS,
        font_mono=_MONO,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="#14120f",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        background_fill_primary="white",
        background_fill_primary_dark="#1e1b17",
        background_fill_secondary="*neutral_100",
        background_fill_secondary_dark="#2a2621",
        border_color_primary="*neutral_300",
        border_color_primary_dark="*neutral_700",
        block_background_fill="white",
        block_background_fill_dark="#1e1b17",
        block_border_width="1px",
        block_shadow="none",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        block_title_text_weight="600",
        input_background_fill="white",
        input_background_fill_dark="#26221d",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        button_primary_text_color="white",
        button_large_text_weight="600",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        link_text_color_hover_dark="*primary_200",
        link_text_color_visited_dark="*primary_300",
    )
