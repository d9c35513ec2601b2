"""The forms of gardens and beds; they stand on the page of the sensors."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from surco_service.access import may
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.parts import Parts
from surco_service.usecases.mirror import moisture
from surco_service.usecases.stewardship import gardens
from surco_service.web.frame.forms import Field, maybe, number, read_day
from surco_service.web.nodes.sensors import saved


def router(parts: Parts) -> APIRouter:
    """Return where the forms of gardens and beds are sent."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/sensores/huerto", dependencies=[may(parts, "edit-gardens")])
    def garden(
        request: Request, id: Field = "", name: Field = "", can_litres: Field = "10",
        latitude: Field = "", longitude: Field = "", elevation_m: Field = "",
        cistern_litres: Field = "", roof_m2: Field = "",
        water_days: Annotated[list[str] | None, Form()] = None,
    ) -> Response:  # fmt: skip
        def save() -> None:
            known = {one.id: one for one in parts.stores.records.gardens()}.get(id) or Garden(
                id, name
            )
            above_sea_m = maybe(elevation_m, "elevation_m")
            gardens.save_garden(parts.stores, replace(
                known, name=name, can_litres=number(can_litres, "can_litres"),
                latitude=maybe(latitude, "latitude"), longitude=maybe(longitude, "longitude"),
                elevation_m=known.elevation_m if above_sea_m is None else above_sea_m,
                water_days=",".join(water_days or []),
                cistern_litres=maybe(cistern_litres, "cistern_litres"), roof_m2=maybe(roof_m2, "roof_m2"),
            ))  # fmt: skip
            parts.follow_up.all_beds()

        return saved(parts, request, "huerto", save)

    @routes.post("/sensores/cama", dependencies=[may(parts, "edit-beds")])
    def bed(
        request: Request, id: Field = "", name: Field = "", garden: Field = "",
        area_m2: Field = "", crop: Field = "", soil: Field = "mix", planted: Field = "",
        depth_cm: Field = "", sun: Field = "full", container: Field = "", mulch: Field = "",
    ) -> Response:  # fmt: skip
        def save() -> None:
            depth_cm_ = maybe(depth_cm, "depth_m")
            area = number(area_m2, "area_m2")
            known = {one.id: one for one in parts.stores.records.beds()}.get(id) or Bed(
                id, garden, name, area
            )
            gardens.save_bed(parts.stores, replace(
                known, garden=garden, name=name, area_m2=area, crop=crop or None,
                planted=read_day(planted, "planted"), soil=soil, sun=sun, container=bool(container),
                depth_m=None if depth_cm_ is None else depth_cm_ / 100, mulch=bool(mulch),
            ))  # fmt: skip
            parts.follow_up.again(moisture.spans(parts.stores, parts.clock(), bed=id))
            parts.events.publish(id)

        return saved(parts, request, "cama", save)

    return routes
