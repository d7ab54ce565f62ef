// Draws the service's own description; nothing comes from elsewhere.
addEventListener('DOMContentLoaded', () => {
  SwaggerUIBundle({ url: '../openapi.json', dom_id: '#docs', validatorUrl: null });
});
