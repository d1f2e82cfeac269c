# Makes one of everything that a matcher can ask for, out of the programs of the sandbox itself.
set -e
tar -ch /usr/bin/{bash,sleep,true} /bin/sh $(ldd /usr/bin/bash /bin/sh | grep -o '/[^ ]*' | grep -v : | sort -u) 2>/dev/null |
    docker import -c 'CMD ["/usr/bin/bash"]' - tool:v1 >/dev/null
docker tag tool:v1 mine:v1
docker tag tool:v1 registry.example.com/me/tool:v1

mkdir -p app/node_modules lost list
head -c 90000 /dev/zero > app/node_modules/big
echo node_modules > app/.dockerignore
cat > app/Dockerfile <<'END'
FROM tool:v1 AS build
RUN echo built > /built
FROM tool:v1
ENV PORT=8080
LABEL owner=me
WORKDIR /work
COPY --from=build /built .
EXPOSE 8080 53/udp
USER 1000
ENTRYPOINT ["/usr/bin/bash"]
CMD ["-c", "sleep 1"]
END
# An engine counts in seconds when it says what is newer.
sleep 1.1
docker build -q -t app:v1 app >/dev/null
printf 'FROM tool\nCMD bash\nCOPY . .\nCOPY list .\n' > list/Dockerfile
printf 'FROM tool:v1\nRNU true\n' > slip
for word in one two; do
    printf 'FROM tool:v1\nRUN echo %s > /word\n' "$word" > lost/Dockerfile
    docker build -q -t lost:v1 lost >/dev/null
done

docker network create --label tier=front front >/dev/null
docker network create --internal back >/dev/null
docker volume create --label owner=me data >/dev/null
docker run -d --name web --restart on-failure:3 -e MODE=prod -p 8080:80 -v data:/data --network front \
    --health-cmd true --health-interval 200ms tool:v1 bash -c 'echo ready; sleep 600' >/dev/null
docker network connect back web
docker run --name job tool:v1 bash -c 'echo it failed; exit 3' >/dev/null || true
mkdir shop
cat > shop/compose.yaml <<'END'
services:
  web: { image: "tool:v1", command: sleep 600 }
  job: { image: "tool:v1", command: "true" }
END
(cd shop && docker compose up -d >/dev/null 2>&1)

printf 'one\ntwo\n' > notes.txt
printf '#!/bin/sh\n' > run.sh && chmod 755 run.sh
docker save -o tool.tar tool:v1
docker save -o app.tar app:v1
docker export -o root.tar job
head -c 20000 tool.tar > cut.tar

cat > serve.pl <<'END'
socket(S, 2, 1, 0); bind(S, pack("S n a4 x8", 2, 8090, "\0\0\0\0")) or die; listen(S, 8);
while (accept(C, S)) {
    sysread(C, $asked, 4096);
    syswrite(C, "HTTP/1.1 404 Not Found\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<p>it works</p>");
    close(C);
}
END
setsid perl serve.pl >/dev/null 2>&1 </dev/null &
until [ "$(docker inspect -f '{{.State.Health.Status}} ' web)" = 'healthy ' ]; do sleep 0.1; done
until [ "$(docker inspect -f '{{.State.Status}}' shop-job-1)" = exited ]; do sleep 0.1; done
until curl -s -o /dev/null http://127.0.0.1:8090/; do sleep 0.1; done
