# isletbench in a container, for tests only. Build in a checkout: docker build -t isletbench .
FROM python:3.13-slim AS wheel
WORKDIR /source
COPY . .
RUN pip install --no-cache-dir hatchling && python -m hatchling build --target wheel --directory /wheel

FROM python:3.13-slim
COPY --from=wheel /wheel /wheel
COPY constraints.txt /constraints.txt
RUN pip install --no-cache-dir --constraint /constraints.txt /wheel/*.whl && useradd --create-home isletbench
USER isletbench
WORKDIR /home/isletbench
ENTRYPOINT ["isletbench"]
CMD ["up"]
