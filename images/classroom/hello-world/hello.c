#include <unistd.h>

static const char text[] =
    "\n"
    "Hello from Docker.\n"
    "\n"
    "You can read this, so your engine works. To get here:\n"
    " 1. The docker command asked the engine to run the image hello-world.\n"
    " 2. The engine looked for that image, and fetched it if it was not there yet.\n"
    " 3. It made a container from the image and started the image's one program, /hello.\n"
    " 4. What the program wrote, this text, came back to your terminal.\n"
    "\n"
    "The program has ended, and with it the container. 'docker ps -a' still shows it.\n"
    "\n";

int main(void)
{
    const char *rest = text;
    size_t left = sizeof text - 1;

    while (left > 0) {
        ssize_t written = write(STDOUT_FILENO, rest, left);
        if (written < 0)
            return 1;
        rest += written;
        left -= (size_t)written;
    }
    return 0;
}
