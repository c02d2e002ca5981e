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

  N.calm = (id) => {
    const view = getElement(id);
    if (!view || !view.renderer) { setTimeout(() => N.calm(id), 50); return; }
    if (view.calmed) return;
    view.calmed = true;
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
