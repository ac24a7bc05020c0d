// --- everything is there: begin -------------------------------------------------------------------

new ResizeObserver(redraw).observe(canvas);
watch("label", () => {
  speak();
  show(shown, shownFor);
});
redraw();
show(null);
