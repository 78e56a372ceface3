from sqlalchemy import text
import pytest
def test_a(database):
    with database.connect() as c: print(c.execute(text("select count(*) from idea")).scalar())
def test_b(demo):
    with demo.connect() as c: print(c.execute(text("select count(*) from idea")).scalar())
    with pytest.raises(Exception, match="read"):
        with demo.begin() as c: c.execute(text("delete from idea_event"))
def test_c(demo_copy):
    with demo_copy.begin() as c: print(c.execute(text("delete from idea_event")).rowcount)
def test_d(cast, scope_for, demo): print(cast)
def test_e(demo_on):
    from conftest import cast_in
    assert cast_in(demo_on("sqlite")) == cast_in(demo_on("postgresql"))
