// The scene in three dimensions is drawn again only when something in it changed. NiceGUI draws it twenty times a second
// for ever, which without a graphics card takes the cores that the radiograph needs.
(() => {
  "use strict";
  const N = (window.neurotomy = window.neurotomy || {});

  function state(renderer, scene, camera) {
    const parts = [renderer.domElement.width, renderer.domElement.height];
    camera.updateMatrixWorld();
    parts.push(...camera.matrixWorld.elements, ...camera.projectionMatrix.elements);
    scene.traverse((o) => {
      const m = o.material;
      parts.push(o.id, o.visible, o.geometry && o.geometry.id, o.position && o.position.x, m && m.opacity, m && m.color && m.color.getHex());
    });
    return parts.join();
  }

  // Arrow keys turn it about its middle, plus and minus come nearer: as the hand does.
  function turnable(view) {
    const box = view.$el.closest(".scene");
    box.addEventListener("keydown", (e) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key];
      const near = { "+": 1 / 1.12, "=": 1 / 1.12, "-": 1.12 }[e.key];
      if (e.target !== box || !(way || near)) return;
      e.preventDefault();
      const { camera, controls } = view, middle = controls.target, away = camera.position.clone().sub(middle);
      const far = away.length() * (near || 1), step = (e.shiftKey ? 30 : 8) * (Math.PI / 180);
      const turn = Math.atan2(away.y, away.x) + (way ? way[0] * step : 0);
      const lift = Math.min(Math.max(Math.asin(away.z / away.length()) + (way ? way[1] * step : 0), -1.5), 1.5);
      camera.position.set(middle.x + far * Math.cos(lift) * Math.cos(turn), middle.y + far * Math.cos(lift) * Math.sin(turn), middle.z + far * Math.sin(lift));
      camera.lookAt(middle);
      controls.update();
    });
  }

  N.calm = (id) => {
    const view = getElement(id);
    if (!view || !view.renderer) { setTimeout(() => N.calm(id), 50); return; }
    if (view.calmed) return;
    view.calmed = true;
    new ResizeObserver(() => view.resize()).observe(view.$el);
    turnable(view);
    const renderer = view.renderer, draw = renderer.render.bind(renderer);
    let drawn = "";
    renderer.render = (scene, camera) => {
      const now = state(renderer, scene, camera);
      if (now === drawn) return;
      drawn = now;
      draw(scene, camera);
    };
  };
})();
