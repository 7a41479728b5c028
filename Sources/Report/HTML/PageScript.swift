/// What the page does beyond what it shows without scripts: tooltips, highlighting and sorting.
enum PageScript {
  static let javaScript = #"""
    (() => {
      "use strict";
      const all = (selector, root = document) => [...root.querySelectorAll(selector)];

      // The theme chosen last time, where the browser lets a file keep it.
      const themes = all(".theme input");
      try {
        const kept = themes.find(theme => theme.id === localStorage.getItem("clipft-theme"));
        if (kept) kept.checked = true;
      } catch {}
      themes.forEach(theme => theme.addEventListener("change", () => {
        try { localStorage.setItem("clipft-theme", theme.id); } catch {}
      }));

      // One method stands out in all linked figures.
      const linked = all("figure[data-linked]");
      const highlight = index => linked.forEach(figure => {
        figure.classList.toggle("dimmed", index !== null);
        all(".series", figure).forEach(
          series => series.classList.toggle("on", series.dataset.series === index));
      });
      let pinned = null;
      linked.forEach(figure => all(".name[data-series]", figure).forEach(name => {
        const index = name.dataset.series;
        name.setAttribute("tabindex", "0");
        name.setAttribute("role", "button");
        name.setAttribute("aria-pressed", "false");
        name.style.cursor = "pointer";
        const pin = () => {
          pinned = pinned === index ? null : index;
          highlight(pinned);
          linked.forEach(other => all("[aria-pressed]", other).forEach(
            button => button.setAttribute("aria-pressed", String(button.dataset.series === pinned))));
        };
        name.addEventListener("pointerenter", () => highlight(index));
        name.addEventListener("pointerleave", () => highlight(pinned));
        name.addEventListener("focus", () => highlight(index));
        name.addEventListener("blur", () => highlight(pinned));
        name.addEventListener("click", pin);
        name.addEventListener("keydown", event => {
          if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pin(); }
        });
      }));

      // Tooltips for the point next to the pointer, or moved to with the arrow keys.
      const tip = document.createElement("div");
      tip.className = "tip";
      tip.setAttribute("role", "status");
      document.body.append(tip);
      all("svg.plot").forEach(plot => {
        const groups = all(".series:not(.name)", plot)
          .map(series => all(".point", series).filter(point => point.querySelector("title")))
          .filter(points => points.length);
        if (!groups.length) return;
        const texts = new Map();
        const places = new Map();
        groups.flat().forEach(point => {
          const title = point.querySelector("title");
          texts.set(point, title.textContent);
          title.remove();
          // A point has its place in a panel, and the panel in the figure.
          let [x, y] = [0, 0];
          for (let node = point; node !== plot; node = node.parentNode) {
            const moved = node.getAttribute("transform")?.match(/-?[\d.]+/g).map(Number);
            if (moved) { x += moved[0]; y += moved[1]; }
          }
          places.set(point, {x, y});
        });
        const isLinked = plot.closest("[data-linked]") !== null;
        const size = plot.viewBox.baseVal;
        let current = null;
        const hide = () => {
          current?.classList.remove("current");
          current = null;
          tip.classList.remove("shown");
          if (isLinked) highlight(pinned);
        };
        const show = point => {
          if (point === current) return;
          current?.classList.remove("current");
          current = point;
          point.classList.add("current");
          tip.textContent = texts.get(point);
          const box = plot.getBoundingClientRect();
          const scale = box.width / size.width;
          const x = box.left + places.get(point).x * scale;
          const y = box.top + places.get(point).y * scale;
          const left = Math.max(8, Math.min(x - tip.offsetWidth / 2, innerWidth - tip.offsetWidth - 8));
          const above = y - tip.offsetHeight - 16;
          tip.style.transform = `translate(${left}px, ${above < 8 ? y + 18 : above}px)`;
          tip.classList.add("shown");
          if (isLinked) highlight(point.parentNode.dataset.series ?? pinned);
        };
        const nearest = event => {
          const box = plot.getBoundingClientRect();
          const scale = box.width / size.width;
          let best = null;
          let least = 26;
          places.forEach(({x, y}, point) => {
            const distance = Math.hypot(
              box.left + x * scale - event.clientX, box.top + y * scale - event.clientY);
            if (distance < least) { least = distance; best = point; }
          });
          return best;
        };
        const follow = event => {
          if (event.target.closest(".name")) return;
          const point = nearest(event);
          if (point) show(point); else if (current) hide();
        };
        plot.addEventListener("pointermove", follow);
        plot.addEventListener("pointerdown", follow);
        plot.addEventListener("pointerleave", event => {
          if (event.pointerType !== "touch" && current) hide();
        });
        plot.setAttribute("tabindex", "0");
        const label = plot.getAttribute("aria-label");
        plot.setAttribute("aria-label", `${label}. Arrow keys move between points.`);
        plot.addEventListener("blur", hide);
        plot.addEventListener("keydown", event => {
          const moves = {ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0]};
          if (event.target !== plot) return;
          if (event.key === "Escape") { hide(); return; }
          const move = moves[event.key];
          if (!move) return;
          event.preventDefault();
          const group = groups.findIndex(points => points.includes(current));
          if (group < 0) { show(groups[0][0]); return; }
          const points = groups[(group + move[0] + groups.length) % groups.length];
          const place = Math.min(points.length - 1, Math.max(0, groups[group].indexOf(current) + move[1]));
          show(points[place]);
        });
        addEventListener("scroll", () => { if (current) hide(); }, {passive: true});
      });

      // Tables sort by the column whose heading is pressed.
      all("table.methods").forEach(table => all(".columns th", table).forEach((head, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => {
          const isDescending = head.getAttribute("aria-sort") === "descending";
          const order = column === 0 ? (head.getAttribute("aria-sort") === "ascending" ? -1 : 1)
            : isDescending ? 1 : -1;
          all("[aria-sort]", table).forEach(other => other.removeAttribute("aria-sort"));
          head.setAttribute("aria-sort", order === 1 ? "ascending" : "descending");
          const key = row => row.children[column].dataset.sort;
          const body = table.querySelector(".sortable");
          [...body.rows].sort((one, other) => {
            const first = key(one), second = key(other);
            // What was not measured comes last in either order.
            if (first === undefined || second === undefined) {
              return (first === undefined) - (second === undefined);
            }
            return order * (Number(first) - Number(second));
          }).forEach(row => body.append(row));
        });
      }));

      // On paper nothing can be opened; the longest table is left out.
      addEventListener("beforeprint", () => all("details:not(.long)").forEach(
        details => { details.open = true; }));
    })();

    """#
}
