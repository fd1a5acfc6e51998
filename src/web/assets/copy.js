// Copies text, and wires the buttons of pages that offer it: <button data-copy="ID" hidden> copies the field ID
// and says so in the element with data-copied="ID".

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

for (const button of document.querySelectorAll('[data-copy]')) {
  const field = document.getElementById(button.dataset.copy);
  const said = document.querySelector(`[data-copied="${button.dataset.copy}"]`);
  button.hidden = false;
  button.addEventListener('click', async () => {
    field.select();
    said.textContent = (await copyText(field.value)) ? 'Copied.' : 'Selected: copy it with your keyboard.';
  });
}
