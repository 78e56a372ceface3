"""The sites of the administration (sites: dépôts, crèches, bâtiments) out of a file: one row a
site. « ancien nom » is the name under which we have a site that the row renames.
"""

from dashboard.files.registers import RegisterLayout

SITES = RegisterLayout(
    names={
        "name": ("nom", "site", "lieu", "bâtiment", "implantation", "nom du site", "name"),
        "former": ("ancien nom", "nom actuel", "former name"),
        "kind": ("genre", "type", "nature", "kind"),
        "direction": ("direction", "code de la direction", "service", "unité"),
        "agents": ("agents", "effectif", "nombre d'agents"),
        "computers": ("ordinateurs", "postes", "postes informatiques", "nombre d'ordinateurs"),
    },
    needed=("name",),
    reads={"agents": "whole", "computers": "whole"},
    main="name",
)
