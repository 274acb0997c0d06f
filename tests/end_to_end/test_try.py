import time
from tests.end_to_end.world import *
from tests.end_to_end.conftest import *

def test_x(world):
    t=time.time()
    world.add("prod","bag_register","bag_unpacker","bag_verifier")
    world.registered("2222222","bag_register","bag_unpacker","bag_verifier")
    print("setup",time.time()-t); t=time.time()
    r=world.release_tool("deploy","all","prod","--skip_confirm")
    print("deploy",time.time()-t); t=time.time()
    print(r)
    for c in world.proxy.calls: print(c.number,c.name,c.status)
    r=world.release_tool("status","all","prod"); print("status",time.time()-t); t=time.time()
    print(r)
    t=time.time()
    world.let_time_pass_with_each_look(10)
    r=world.hurried("wait","prod"); print("wait",time.time()-t); t=time.time()
    print(r)
    assert 0
