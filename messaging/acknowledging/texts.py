"""The texts that a team starts from; leads and administrators change them."""

from typing import Final

STANDARD: Final = (
    "This is an automatic reply. We have your message, but nobody has read it yet.\n\n"
    "Your care team answers within 3 business days. You don’t need to write again.\n\n"
    "If this can’t wait, call your care team. In an emergency, call 911. If you are in crisis, dial 988, then press 1."
)
STANDARD_ES: Final = (
    "Esta es una respuesta automática. Recibimos su mensaje, pero todavía nadie lo ha leído.\n\n"
    "Su equipo de atención médica responde en un plazo de 3 días hábiles. No necesita escribir de nuevo.\n\n"
    "Si no puede esperar, llame a su equipo. En una emergencia, llame al 911. Si está en crisis, marque 988 "
    "y luego presione el 1."
)
