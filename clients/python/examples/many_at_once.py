"""Submits twenty tasks at once, and waits for all of them while it tells what happens: python many_at_once.py [URL]"""

import asyncio
import sys

import ovate


async def tell(overlord: ovate.AsyncClient) -> None:
    async for event in overlord.events(data_source="many"):
        print(event.name, event.id)


async def main() -> None:
    async with ovate.AsyncClient(*sys.argv[1:]) as overlord:
        telling = asyncio.create_task(tell(overlord))
        specs = [{"type": "noop", "dataSource": "many", "runTime": 100 * n} for n in range(20)]
        ids = await asyncio.gather(*[overlord.submit(spec) for spec in specs])
        tasks = await asyncio.gather(*[overlord.wait(id) for id in ids])
        telling.cancel()
        print(len(tasks), "tasks took", sum(task.duration or 0 for task in tasks), "milliseconds")


asyncio.run(main())
