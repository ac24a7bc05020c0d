// --- everything is there: begin -------------------------------------------------------------------

new ResizeObserver(redraw).observe(canvas);
watch("label", () => {
  speak();
  nameLabels();
  showNetwork();
  show(shown, shownFor);
});
nameLabels();
redraw();
show(null);
