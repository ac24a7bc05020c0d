"""The JSON that the REST API answers, as its OpenAPI page describes it."""

from typing import Annotated

from pydantic import BaseModel, Field

Probability = Annotated[float, Field(ge=0, le=1)]


class Digit(BaseModel):
    """One piece of ink and what was read in it."""

    digit: int | None = Field(ge=0, le=9, description="null for ink that is not a digit")
    confidence: Probability = Field(description="calibrated probability that `digit` is right")
    probabilities: list[Probability] = Field(
        min_length=10, max_length=10, description="of each digit, given that it is one"
    )
    box: list[int] = Field(
        min_length=4, max_length=4, description="x, y, width, height in the picture's pixels"
    )
    line: int = Field(ge=0, description="the line of writing it stands in, from 0 at the top")
    tensor: str | None = Field(
        None, description="with `explain`: the 28 by 28 pixels the network saw, a PNG data URL"
    )
    heatmap: str | None = Field(
        None,
        description="with `explain`: where it found the evidence, a 28 by 28 PNG data URL, or null "
        "for a network without class maps",
    )


class Answer(BaseModel):
    """What was read in one picture."""

    text: str = Field(description="the digits read, in reading order; empty where there are none")
    lines: list[str] = Field(description="the digits read, line by line from the top")
    note: str = Field(description="a sentence where something is to be said, else empty")
    digits: list[Digit] = Field(description="empty where there is no ink, which is no error")


class Health(BaseModel):
    """Whether the service can read, and with what."""

    ready: bool
    model: str = Field(description="name of the model that reads where none is asked for")
    revision: str | None = Field(description="the commit it was loaded from, null if bundled")
    sha256: str = Field(description="of the model's file")
    note: str = Field(description="why it is not the model that was asked for, else empty")
    version: str = Field(description="of the service")


class Error(BaseModel):
    """Why there is no answer."""

    error: str = Field(description="a sentence for people")
