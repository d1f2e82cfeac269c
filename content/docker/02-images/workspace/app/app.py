import os

from pier import App

app = App()


@app.get("/")
def home():
    return "<h1>Ahoy from a container</h1>\n"


@app.get("/health")
def health():
    return {"status": "ok"}


app.run(port=int(os.environ.get("PORT", "8000")))
