// Elements are made, never parsed: whatever a name holds, it is text.

/** An element. Functions under "on..." are listeners; true and false set and leave out an attribute; null children are left out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An element of a drawing. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** Puts children in the place of those that are there. */
export function replace(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** Sets a text, only where it differs: what is selected stays selected. */
export function setText(element, text) {
  const value = text == null ? '' : String(text);
  if (element.textContent !== value) {
    element.textContent = value;
  }
}

/** Shows or hides. */
export function show(element, visible) {
  element.hidden = !visible;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value == null || value === false) {
      continue;
    }
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (name === 'value') {
      element.value = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child != null && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}
